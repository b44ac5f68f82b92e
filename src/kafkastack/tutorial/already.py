"""Whether the effect of a command is there already, so that it need not be typed again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kafkastack.cli.verbs import BY_NAME
from kafkastack.gnuflag import parse
from kafkastack.tutorial.scene import CONTROLLER, MODEL

_STATUS = ("status", "--model", f"{CONTROLLER}:{MODEL}")


@dataclass(frozen=True)
class Question:
    """What to ask (a command that answers in JSON), and how its answer tells."""

    ask: tuple[str, ...]
    is_answered: Callable[[Sequence[str], Any], bool]


def _has_controller(words: Sequence[str], document: Any) -> bool:
    return words[1] in document["controllers"]


def _has_model(words: Sequence[str], document: Any) -> bool:
    return words[0] in [model["short-name"] for model in document["models"]]


def _has_application(words: Sequence[str], document: Any) -> bool:
    return words[-1] in document["applications"]


def has_relation(words: Sequence[str], document: Any) -> bool:
    """Tell whether two applications are integrated; `words` are APP or APP:ENDPOINT."""
    one, other = (word.partition(":") for word in words[:2])
    application = document["applications"].get(one[0], {})
    return any(
        related["related-application"] == other[0] and one[2] in ("", endpoint)
        for endpoint, entries in application.get("relations", {}).items()
        for related in entries
    )


def _lacks_relation(words: Sequence[str], document: Any) -> bool:
    return not has_relation(words, document)


# Verbs that are not here can be typed again without harm.
ALREADY: dict[str, Question] = {
    "bootstrap": Question(("controllers",), _has_controller),
    "add-model": Question(("models", "--controller", CONTROLLER), _has_model),
    "deploy": Question(_STATUS, _has_application),
    "integrate": Question(_STATUS, has_relation),
    "remove-relation": Question(_STATUS, _lacks_relation),
}


def is_already(words: Sequence[str], ask_json: Callable[..., Any]) -> bool:
    """Tell whether `kafkastack` followed by `words` has nothing to do any more."""
    question = ALREADY.get(words[0])
    if question is None:
        return False
    positional = parse(BY_NAME[words[0]].flags, words[1:]).positional
    return question.is_answered(positional, ask_json(*question.ask))
