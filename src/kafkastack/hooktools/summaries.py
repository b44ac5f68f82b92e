"""Summaries of the hook tools, in the words of each one's own function, and their arguments."""

from collections.abc import Sequence

from kafkastack.gnuflag import Flag
from kafkastack.hooktools.tools import TOOLS
from kafkastack.hooktools.tools.unsupported import TOOLS as UNSUPPORTED

SUMMARIES = {
    name: (tool.__doc__ or "").strip().partition("\n")[0]
    for name, tool in sorted(TOOLS.items())
    if name not in UNSUPPORTED
}


def help_text(name: str, flags: Sequence[Flag] = ()) -> str:
    """Return what a tool says of itself, its options as gnuflag writes them."""
    text = f"Usage: {name} [options] ...\n\nSummary:\n{SUMMARIES[name]}\n"
    options = "".join(map(_option, sorted(flags, key=lambda flag: flag.key)))
    return f"{text}\nOptions:\n{options}" if options else text


def _option(flag: Flag) -> str:
    names = ", ".join(f"-{'-' * (len(name) > 1)}{name}" for name in flag.names)
    default = flag.default or ('""' if flag.takes_value else "false")
    return f"{names} {' ' * (len(flag.names) == 1)}(= {default})\n"
