"""constraints, model-constraints, and how they are set."""

from typing import Any

from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.session import Target, model_target
from kafkastack.gnuflag import Parsed
from kafkastack.model.constraints import to_text


def constraints(parsed: Parsed) -> int:
    """Print the constraints of an application."""
    return _print(parsed, _ask(model_target(parsed), parsed.positional[0]))


def set_constraints(parsed: Parsed) -> int:
    """Replace the constraints of an application."""
    application, *words = parsed.positional
    _ask(model_target(parsed), application, words)
    return 0


def model_constraints(parsed: Parsed) -> int:
    """Print the constraints of a model."""
    return _print(parsed, _ask(model_target(parsed), ""))


def set_model_constraints(parsed: Parsed) -> int:
    """Replace the constraints of a model."""
    _ask(model_target(parsed), "", list(parsed.positional))
    return 0


def _ask(target: Target, application: str, words: list[str] | None = None) -> dict[str, Any]:
    return target.call("constraints", application=application, words=words)


def _print(parsed: Parsed, document: dict[str, Any]) -> int:
    if parsed["format"] == "constraints":
        print(to_text(document))
    else:
        print(to_json(document) if parsed["format"] == "json" else to_yaml(document), end="")
    return 0
