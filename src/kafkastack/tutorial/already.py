"""Effects of commands that are there already, so that the commands need not be typed again."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from kafkastack.cli.verbs import BY_NAME
from kafkastack.gnuflag import parse
from kafkastack.tutorial.scene import CONTROLLER, MODEL

MODEL_STATUS = ("status", "--model", f"{CONTROLLER}:{MODEL}")
MODEL_SECRETS = ("secrets", "--model", f"{CONTROLLER}:{MODEL}")
CLOUD_STATUS = ("microstack", "status")
NOT_INSTALLED = "not installed"


class Question(Struct, frozen=True):
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
    """Report whether two applications are integrated; `words` are APP or APP:ENDPOINT."""
    one, other = (word.partition(":") for word in words[:2])
    application = document["applications"].get(one[0], {})
    return any(
        related["related-application"] == other[0] and one[2] in ("", endpoint)
        for endpoint, entries in application.get("relations", {}).items()
        for related in entries
    )


def _lacks_relation(words: Sequence[str], document: Any) -> bool:
    return not has_relation(words, document)


def _has_secret(words: Sequence[str], document: Any) -> bool:
    return words[0] in [secret.get("name") for secret in document.values()]


def _has_more_units(words: Sequence[str], document: Any) -> bool:
    """Report whether units were added: an application of a tutorial begins with one."""
    application = document["applications"].get(words[0], {})
    return len(application.get("units", {})) > 1


def _is_installed(_words: Sequence[str], document: Any) -> bool:
    return document["state"] != NOT_INSTALLED


def _runs(_words: Sequence[str], document: Any) -> bool:
    return document["state"] == "running"


def _has_instance(words: Sequence[str], document: Any) -> bool:
    return words[0] in [instance["name"] for instance in document.get("instances", ())]


IS_INSTALLED = Question(CLOUD_STATUS, _is_installed)  # running or not, whole or half-built

# Verbs that are not here can be typed again without harm.
ALREADY: dict[str, Question] = {
    "bootstrap": Question(("controllers",), _has_controller),
    "add-model": Question(("models", "--controller", CONTROLLER), _has_model),
    "deploy": Question(MODEL_STATUS, _has_application),
    "integrate": Question(MODEL_STATUS, has_relation),
    "add-unit": Question(MODEL_STATUS, _has_more_units),
    "add-secret": Question(MODEL_SECRETS, _has_secret),
    "remove-relation": Question(MODEL_STATUS, _lacks_relation),
    "microstack bootstrap": Question(CLOUD_STATUS, _runs),
    "microstack launch": Question(CLOUD_STATUS, _has_instance),
}


def is_already(words: Sequence[str], ask_json: Callable[..., Any]) -> bool:
    """Report whether `kafkastack` followed by `words` has nothing to do any more."""
    question = ALREADY.get(verb_of(words))
    return question is not None and holds(question, words, ask_json)


def holds(question: Question, words: Sequence[str], ask_json: Callable[..., Any]) -> bool:
    """Ask a question about `kafkastack` followed by `words`."""
    verb = verb_of(words)
    positional = parse(BY_NAME[verb].flags, words[len(verb.split()) :]).positional
    return question.is_answered(positional, ask_json(*question.ask))


def verb_of(words: Sequence[str]) -> str:
    """Return the verb, which may have two words."""
    two = " ".join(words[:2])
    return two if two in BY_NAME else words[0]
