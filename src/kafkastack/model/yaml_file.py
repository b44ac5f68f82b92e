"""Reader of YAML files, whose errors name the file, the key and what was expected."""

from collections.abc import Sized
from typing import NoReturn, cast

from kafkastack.errors import KafkastackError
from kafkastack.model.bounds import YAML_VALUES

_SHOWN = 80


def read_yaml(text: str, file: str) -> "Node":
    """Parse one YAML document; an error names the file and the line."""
    documents = read_documents(text, file)
    if len(documents) > 1:
        raise KafkastackError(f"{file} has {len(documents)} documents, one was expected")
    return documents[0] if documents else Node(None, file)


def read_documents(text: str, file: str) -> "list[Node]":
    """Parse every YAML document of a text; an error names the file and the line."""
    # What it imports costs a command twice what it needs itself: only who reads a file pays.
    from kafkastack.model.bounded_yaml import load_documents

    return [Node(value, file) for value in load_documents(text, file)]


class Node:
    """A value of a YAML file with its place in it."""

    def __init__(self, value: object, file: str, place: str = "") -> None:
        self.value = value
        self.file = file
        self.place = place

    def get(self, key: str) -> "Node":
        """Return the value of a key, a node of None if the map lacks it."""
        return self.map().get(key, self._at(key, None))

    def map(self, most: int = YAML_VALUES) -> "dict[str, Node]":
        """Return a map of at most so many keys; nothing at all is an empty one."""
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            self.refuse("a map")
        items = cast(dict[object, object], self.value)  # pyright: ignore[reportUnknownMemberType]
        self._check_many(items, most)
        return {str(key): self._at(str(key), value) for key, value in items.items()}

    def list(self, most: int = YAML_VALUES) -> "list[Node]":
        """Return a list of at most so many values; nothing at all is an empty one."""
        if self.value is None:
            return []
        if not isinstance(self.value, list):
            self.refuse("a list")
        items = cast(list[object], self.value)  # pyright: ignore[reportUnknownMemberType]
        self._check_many(items, most)
        return [self._at(str(index), value) for index, value in enumerate(items)]

    def text(self, default: str = "") -> str:
        """Return a string; a number stands for its digits."""
        if self.value is None:
            return default
        if isinstance(self.value, bool) or not isinstance(self.value, (str, int, float)):
            self.refuse("a string")
        return str(self.value)

    def integer(self, default: int = 0, *, most: int = 2**63 - 1) -> int:
        """Return a whole number, of at most so much."""
        if self.value is None:
            return default
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.refuse("a whole number")
        if not -most <= self.value <= most:
            self.refuse(f"a whole number of at most {most}")
        return self.value

    def flag(self, *, default: bool = False) -> bool:
        """Return true or false."""
        if self.value is None:
            return default
        if not isinstance(self.value, bool):
            self.refuse("true or false")
        return self.value

    def refuse(self, expected: str) -> NoReturn:
        """Raise the error that says what was expected here."""
        raise KafkastackError(
            f"{self.file}: {_place(self)}: expected {expected}, got {_shown(self)}"
        )

    def _check_many(self, items: Sized, most: int) -> None:
        if len(items) > most:
            raise KafkastackError(
                f"{self.file}: {_place(self)}: {len(items)} are too many, at most {most} are read"
            )

    def _at(self, key: str, value: object) -> "Node":
        return Node(value, self.file, f"{self.place}.{key}" if self.place else key)


def _place(node: Node) -> str:
    place = node.place or "the file"
    return place if len(place) <= _SHOWN else f"{place[:_SHOWN]}…"


def _shown(node: Node) -> str:
    kinds: dict[type, str] = {dict: "a map", list: "a list", type(None): "nothing"}
    shown = kinds.get(type(node.value)) or repr(node.value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
