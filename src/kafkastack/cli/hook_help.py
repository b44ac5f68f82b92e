"""help-hook-commands, help-action-commands: which tools a charm has, and what each does."""

from kafkastack.errors import NotFoundError
from kafkastack.gnuflag import Parsed
from kafkastack.hooktools.summaries import SUMMARIES, help_text


def help_hook_commands(parsed: Parsed) -> int:
    """Show what a hook tool does, or list them."""
    names = [name for name in SUMMARIES if not name.startswith("action-")]
    print(_text(parsed, names))
    return 0


def help_action_commands(parsed: Parsed) -> int:
    """Show what a tool of actions does, or list them."""
    names = [name for name in SUMMARIES if name.startswith("action-")]
    print(_text(parsed, names))
    return 0


def _text(parsed: Parsed, names: list[str]) -> str:
    if not parsed.positional:
        width = max(map(len, names))
        return "\n".join(f"{name:<{width}}  {SUMMARIES[name]}" for name in names)
    name = parsed.positional[0]
    if name not in SUMMARIES:
        raise NotFoundError(f'unknown command "{name}"', f"there are: {', '.join(names)}")
    return help_text(name).rstrip()
