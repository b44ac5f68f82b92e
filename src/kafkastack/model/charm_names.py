"""The forms that Juju has for the names in a charm's files."""

import re
from typing import NamedTuple

from kafkastack.errors import KafkastackError
from kafkastack.model.bounds import NAME
from kafkastack.model.yaml_file import Node

_FILE_NAME_BYTES = 255  # of one file system or another


class Form(NamedTuple):
    """What something may be called, and how that is told."""

    what: str
    pattern: re.Pattern[str]
    words: str


# Names become parts of paths, of hooks' names and of lines that people read.
STORAGE = Form(
    "a storage",
    re.compile(r"[a-z][a-z0-9]*(-[0-9]*[a-z][a-z0-9]*)*"),
    "lowercase letters, digits and hyphens, a letter in each part",
)
ENDPOINT = Form(
    "an endpoint",
    re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*"),
    "lowercase letters, digits, single hyphens and underscores, a letter first",
)
BINDING = ENDPOINT._replace(what="a binding")
ACTION = Form(
    "an action",
    re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?"),
    "lowercase letters, digits and hyphens, a letter first",
)
OPTION = Form(
    "an option",
    re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]*"),
    "letters, digits, underscores, dots and hyphens",
)
RESOURCE = OPTION._replace(what="a resource")


def named(node: Node, form: Form, most: int) -> dict[str, Node]:
    """Return a map of at most so many keys, each of which is a name of this form."""
    items = node.map(most)
    for name in items:
        _check(name, form, f"{node.file}: {node.place}" if node.place else node.file)
    return items


def _check(name: str, form: Form, place: str) -> None:
    if len(name) > NAME:
        raise KafkastackError(
            f"{place}: the name {name[:20]!r}… is too long, at most {NAME} characters"
        )
    if not form.pattern.fullmatch(name):
        raise KafkastackError(
            f"{place}: {name!r} is no name of {form.what}", f"it may have {form.words}"
        )


def file_name(node: Node) -> str:
    """Return the name of a file, without folders."""
    name = node.text()
    if not _is_file_name(name):
        node.refuse("a file name without folders")
    return name


def _is_file_name(name: str) -> bool:
    fits = len(name.encode()) <= _FILE_NAME_BYTES
    return fits and name.isprintable() and "/" not in name and name not in ("", ".", "..")
