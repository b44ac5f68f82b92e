"""What a tool is: a function of the context and the words it was called with."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag, Parsed, parse
from kafkastack.hooktools.context import HookContext
from kafkastack.hooktools.formats import FORMAT, OUTPUT

_ANY = 100_000


@dataclass(frozen=True)
class Call:
    """One call: its words, the caller's folder, what was on its stdin."""

    words: list[str]
    cwd: str
    stdin: bytes

    def parse(self, *flags: Flag, most: int = _ANY) -> Parsed:
        """Parse the words as Juju does; `most` words may be there beside the flags."""
        parsed = parse(flags, self.words)
        if len(parsed.positional) > most:
            unknown = " ".join(json.dumps(word) for word in parsed.positional[most:])
            raise UsageError(f"unrecognized args: [{unknown}]")
        return parsed

    def parse_output(self, *flags: Flag, form: Flag = FORMAT, most: int = _ANY) -> Parsed:
        """Parse the words of a tool that answers: it takes --format and --output as well."""
        parsed = self.parse(form, OUTPUT, *flags, most=most)
        if parsed["output"]:
            raise UsageError("option --output is not supported: redirect the output instead")
        return parsed


Tool = Callable[[HookContext, Call], Awaitable[str]]
"""(context, call) → what is printed; ToolError for a refusal, UsageError for bad words."""
