"""Placeholders in angle brackets in a tutorial's files and commands, and their values."""

import re
from collections.abc import Callable, Mapping

from kafkastack.tutorial.scene import Scene, ca_certificate, kafka_credentials, newest_secret

CREDENTIALS = frozenset({"endpoints", "username", "password", "topic", "consumer-group-prefix"})
OTHERS: dict[str, Callable[[Scene], str]] = {
    "ca-certificate": lambda scene: ca_certificate(scene).strip(),
    "folder": lambda scene: str(scene.folder),
    "secret": lambda scene: newest_secret(scene),
}
SECRET = "password"  # noqa: S105  # the placeholder's name: on the screen it stays unfilled
_WORD = re.compile("<(" + "|".join([*sorted(CREDENTIALS), *OTHERS]) + ")>")


def find(text: str) -> frozenset[str]:
    """Return the placeholders in a text; other words in angle brackets are just text."""
    return frozenset(_WORD.findall(text))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Replace the placeholders that have a value."""
    return _WORD.sub(lambda word: values.get(word[1], word[0]), text)


def ask(scene: Scene, names: frozenset[str]) -> dict[str, str]:
    """Ask the model for the values of placeholders; for the credentials only once."""
    credentials = kafka_credentials(scene) if names & CREDENTIALS else dict[str, str]()
    values = {name: credentials[name] for name in names & CREDENTIALS}
    return values | {name: OTHERS[name](scene) for name in names - CREDENTIALS}
