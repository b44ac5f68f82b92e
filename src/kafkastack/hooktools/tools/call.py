"""Call of a tool: a function of the context and the words it was called with."""

import json
from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag, Parsed, parse
from kafkastack.hooktools.context import HookContext
from kafkastack.hooktools.formats import FORMAT, OUTPUT
from kafkastack.model.text import fault

_ANY = 100_000
_LONGEST_WORD = 128 * 1024  # what an exec takes
_HELP = ("-h", "--help")


class HelpAskedError(Exception):
    """A tool was asked what it takes: it does nothing else."""

    def __init__(self, flags: Sequence[Flag]) -> None:
        super().__init__()
        self.flags = flags


class Call(Struct):
    """One call: its words, the caller's folder, what was on its stdin.

    Once its words are parsed, `output` names the file that takes the place of stdout.
    """

    words: list[str]
    cwd: str
    stdin: bytes
    output: str = ""

    def check_words(self) -> None:
        """Refuse a word that no record could keep, by its place: it cannot be shown."""
        for number, word in enumerate(self.words, 1):
            if problem := fault(word):
                raise UsageError(f"argument {number} is not text: {problem}")
            if len(word) > _LONGEST_WORD:
                raise UsageError(f"argument {number} is too long: pass it in a file")

    @property
    def before_dashes(self) -> list[str]:
        """The words among which there may be flags."""
        return self.words[: self.words.index("--")] if "--" in self.words else self.words

    def parse(self, *flags: Flag, most: int = _ANY) -> Parsed:
        """Parse the words as Juju does; `most` words may be there beside the flags."""
        if any(word in _HELP for word in self.before_dashes):
            raise HelpAskedError(flags)
        parsed = parse(flags, self.words)
        if len(parsed.positional) > most:
            unknown = " ".join(json.dumps(word) for word in parsed.positional[most:])
            raise UsageError(f"unrecognized args: [{unknown}]")
        return parsed

    def parse_output(self, *flags: Flag, form: Flag = FORMAT, most: int = _ANY) -> Parsed:
        """Parse the words of a tool that answers: it takes --format and --output as well."""
        parsed = self.parse(form, OUTPUT, *flags, most=most)
        self.output = parsed["output"]
        return parsed


Tool = Callable[[HookContext, Call], Awaitable[str]]
"""(context, call) → what is printed; ToolError for a refusal, UsageError for bad words."""
