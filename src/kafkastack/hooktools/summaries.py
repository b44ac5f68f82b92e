"""What each hook tool does, in the words of its own function."""

from kafkastack.hooktools.tools import TOOLS
from kafkastack.hooktools.tools.unsupported import TOOLS as UNSUPPORTED

SUMMARIES = {
    name: (tool.__doc__ or "").strip().partition("\n")[0]
    for name, tool in sorted(TOOLS.items())
    if name not in UNSUPPORTED
}


def help_text(name: str) -> str:
    """Return what a tool says of itself; "" for one that is not supported."""
    summary = SUMMARIES.get(name)
    return f"Usage: {name} [options] ...\n\nSummary:\n{summary}\n" if summary else ""
