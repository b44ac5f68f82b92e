"""What a tool is: a function of the context and the words it was called with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag, Parsed, parse
from kafkastack.hooktools.context import HookContext
from kafkastack.hooktools.formats import FORMAT, OUTPUT


@dataclass(frozen=True)
class Call:
    """One call: its words, the caller's folder, what was on its stdin."""

    words: list[str]
    cwd: str
    stdin: bytes

    def parse(self, *flags: Flag) -> Parsed:
        """Parse the words as Juju does."""
        return parse(flags, self.words)

    def parse_output(self, *flags: Flag, form: Flag = FORMAT) -> Parsed:
        """Parse the words of a tool that answers: it takes --format and --output as well."""
        parsed = parse((form, OUTPUT, *flags), self.words)
        if parsed["output"]:
            raise UsageError("option --output is not supported: redirect the output instead")
        return parsed


Tool = Callable[[HookContext, Call], Awaitable[str]]
"""(context, call) → what is printed; ToolError for a refusal, UsageError for bad words."""
