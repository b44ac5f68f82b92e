"""integrate, remove-relation."""

from kafkastack.cli.session import model_target
from kafkastack.gnuflag import Parsed


def integrate(parsed: Parsed) -> int:
    """Integrate two applications."""
    first, second = parsed.positional
    model_target(parsed).call("integrate", first=first, second=second)
    return 0


def remove_relation(parsed: Parsed) -> int:
    """Remove a relation."""
    first, second = parsed.positional
    force = parsed.is_set("force")
    model_target(parsed).call("remove-relation", first=first, second=second, force=force)
    return 0
