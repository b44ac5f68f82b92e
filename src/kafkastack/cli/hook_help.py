"""help-hook-commands, help-action-commands: which tools a charm has, and what each does."""

from kafkastack.errors import NotFoundError
from kafkastack.gnuflag import Parsed
from kafkastack.hooktools.tools import TOOLS
from kafkastack.hooktools.tools.unsupported import TOOLS as UNSUPPORTED

_SUMMARIES = {
    name: (tool.__doc__ or "").strip().partition("\n")[0].rstrip(".")
    for name, tool in sorted(TOOLS.items())
    if name not in UNSUPPORTED
}


def help_hook_commands(parsed: Parsed) -> int:
    """Show what a hook tool does, or list them."""
    names = [name for name in _SUMMARIES if not name.startswith("action-")]
    print(_text(parsed, names))
    return 0


def help_action_commands(parsed: Parsed) -> int:
    """Show what a tool of actions does, or list them."""
    names = [name for name in _SUMMARIES if name.startswith("action-")]
    print(_text(parsed, names))
    return 0


def _text(parsed: Parsed, names: list[str]) -> str:
    if not parsed.positional:
        width = max(map(len, names))
        return "\n".join(f"{name:<{width}}  {_SUMMARIES[name]}." for name in names)
    name = parsed.positional[0]
    if name not in _SUMMARIES:
        raise NotFoundError(f'unknown command "{name}"', f"there are: {', '.join(names)}")
    return f"Usage: {name} [options] ...\n\nSummary:\n{_SUMMARIES[name]}."
