"""expose, unexpose."""

from kafkastack.cli.session import model_target
from kafkastack.gnuflag import Parsed


def expose(parsed: Parsed) -> int:
    """Expose an application."""
    model_target(parsed).call(
        "expose",
        application=parsed.positional[0],
        endpoints=_names(parsed, "endpoints"),
        spaces=_names(parsed, "to-spaces"),
        cidrs=_names(parsed, "to-cidrs"),
    )
    return 0


def unexpose(parsed: Parsed) -> int:
    """Take back what `expose` has done."""
    endpoints = _names(parsed, "endpoints")
    model_target(parsed).call("unexpose", application=parsed.positional[0], endpoints=endpoints)
    return 0


def _names(parsed: Parsed, flag: str) -> list[str]:
    return [name.strip() for name in parsed[flag].split(",") if name.strip()]
