"""YAML of strangers as plain values, within bounds.

The events are counted before anything is made of them: libyaml builds a document by recursion,
and an alias is small where it stands and large where it is followed. Values are those that Juju
sees: a date and a number of base 60 are strings, a key is the string that it is written as.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, NoReturn

import yaml

from kafkastack.errors import KafkastackError
from kafkastack.model.bounds import FILE_BYTES, YAML_DEPTH, YAML_DOCUMENTS, YAML_VALUES

_TAG = "tag:yaml.org,2002:"
_INTEGERS = range(-(2**63), 2**64)
_DIGITS = 70  # of an integer of base 2
_SHOWN = 60
_ADVICE = "make it smaller, or look at it: files like this are made to do harm"


def load_documents(text: str, file: str) -> list[object]:
    """Return the values of every document; an error names the file and the line."""
    scan(text, file)
    try:
        roots = list(yaml.compose_all(text, yaml.CSafeLoader))
        return [_value(root) for root in roots]
    except yaml.YAMLError as error:
        raise _error(error, file) from None


def scan(text: str, file: str) -> None:
    """Refuse what is no YAML, is too large or too deep, or refers to itself."""
    try:
        text.encode()
        if len(text) > FILE_BYTES:
            _refuse(file, f"it has more than {FILE_BYTES:,} characters")
        scan_ = _Scan(file)
        for event in yaml.parse(text, yaml.CSafeLoader):
            scan_.take(event)
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise KafkastackError(
            f"{file}, line {line} is not YAML: it has a character that is none",
            "save it as UTF-8",
        ) from None
    except yaml.YAMLError as error:
        raise _error(error, file) from None


class _Weight(NamedTuple):
    """What a node stands for, aliases followed."""

    values: int = 1
    characters: int = 0
    depth: int = 0


class _Scan:
    """What has been seen of a stream so far."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._line = 0
        self._documents = 0
        self._open: list[tuple[str | None, _Weight]] = [(None, _Weight(0))]  # first, the stream
        self._anchors: dict[str, _Weight | None] = {}  # None: not yet ended

    def take(self, event: yaml.Event) -> None:
        """Count an event."""
        self._line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.CollectionStartEvent):
            self._begin(event.anchor)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, weight = self._open.pop()
            self._add(anchor, weight)
        elif isinstance(event, yaml.ScalarEvent):
            self._add(event.anchor, _Weight(1, len(event.value)))
        elif isinstance(event, yaml.AliasEvent):
            self._add(None, self._followed(event.anchor or ""))
        elif isinstance(event, yaml.DocumentStartEvent):
            self._begin_document()

    def _begin_document(self) -> None:
        self._anchors = {}
        self._documents += 1
        if self._documents > YAML_DOCUMENTS:
            _refuse(self._place(), f"it has more than {YAML_DOCUMENTS} documents")

    def _begin(self, anchor: str | None) -> None:
        self._open.append((anchor, _Weight()))
        self._check_depth(0)
        if anchor:
            self._anchors[anchor] = None

    def _followed(self, anchor: str) -> _Weight:
        weight = self._anchors.get(anchor, _Weight())  # of no anchor: the composer says so
        if weight is None:
            _refuse(self._place(), f"*{_short(anchor)} refers to what it is in")
        self._check_depth(weight.depth)
        return weight

    def _check_depth(self, below: int) -> None:
        if len(self._open) - 1 + below > YAML_DEPTH:
            _refuse(self._place(), f"it is nested more than {YAML_DEPTH} levels deep")

    def _add(self, anchor: str | None, weight: _Weight) -> None:
        """Add a node that is whole to what it is in."""
        if anchor:
            self._anchors[anchor] = weight
        name, outer = self._open[-1]
        sums = _Weight(
            outer.values + weight.values,
            outer.characters + weight.characters,
            max(outer.depth, weight.depth + 1),
        )
        self._open[-1] = (name, sums)
        if sums.values > YAML_VALUES:
            _refuse(self._place(), f"it stands for more than {YAML_VALUES:,} values")
        if sums.characters > FILE_BYTES:
            _refuse(self._place(), f"it stands for more than {FILE_BYTES:,} characters")

    def _place(self) -> str:
        return f"{self._file}, line {self._line}"


def _value(node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return _map(node)
    if isinstance(node, yaml.SequenceNode):
        if node.tag != f"{_TAG}seq":
            raise _unknown_tag(node)
        return [_value(one) for one in node.value]
    read = _SCALARS.get(node.tag.removeprefix(_TAG))
    if read is None:
        raise _unknown_tag(node)
    try:
        return read(node.value)
    except (ValueError, KeyError):
        kind = node.tag.removeprefix(_TAG)
        raise _problem(node, f"{_short(node.value)} is no {kind} that fits") from None


def _map(node: yaml.MappingNode) -> dict[str, object]:
    if node.tag != f"{_TAG}map":
        raise _unknown_tag(node)
    merged: dict[str, object] = {}
    own: dict[str, object] = {}
    for key, value in node.value:
        if key.tag == f"{_TAG}merge":
            for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                merged = _merged(one) | merged  # what comes first counts
            continue
        if not isinstance(key, yaml.ScalarNode):
            raise _problem(key, "a key must be a word")
        if key.value in own:
            raise _problem(key, f"the key {_short(key.value)} is there twice")
        own[key.value] = _value(value)
    return merged | own


def _merged(node: yaml.Node) -> dict[str, object]:
    if not isinstance(node, yaml.MappingNode):
        raise _problem(node, "expected a map after <<")
    return _map(node)


def _integer(text: str) -> object:
    digits = text.replace("_", "")
    if ":" in digits:
        return text
    if len(digits) > _DIGITS:
        raise ValueError(text)
    octal = re.fullmatch(r"[-+]?0[0-7]+", digits)
    value = int(digits, 8 if octal else 0)
    if value not in _INTEGERS:
        raise ValueError(text)
    return value


def _float(text: str) -> object:
    if ":" in text:
        return text
    value = float(text.replace("_", "").lower())
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _boolean(text: str) -> object:
    return _BOOLEANS[text.lower()]


def _null(_text: str) -> object:
    return None


_BOOLEANS: Mapping[str, bool] = {
    **dict.fromkeys(("yes", "true", "on"), True),
    **dict.fromkeys(("no", "false", "off"), False),
}
_SCALARS: Mapping[str, Callable[[str], object]] = {
    "str": str,
    "timestamp": str,
    "value": str,
    "int": _integer,
    "float": _float,
    "bool": _boolean,
    "null": _null,
}


def _unknown_tag(node: yaml.Node) -> yaml.MarkedYAMLError:
    return _problem(node, f"the tag {_short(node.tag)} is not known")


def _problem(node: yaml.Node, words: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=words, problem_mark=node.start_mark)


def _error(error: yaml.YAMLError, file: str) -> KafkastackError:
    """Return the sentence about what the parser, or we, have met."""
    words = getattr(error, "problem", "") or getattr(error, "reason", "") or "it cannot be read"
    mark = getattr(error, "problem_mark", None)
    place = f"{file}, line {mark.line + 1}" if mark else file
    return KafkastackError(f"{place} is not YAML: {words}", "a word in quotes is always a string")


def _refuse(place: str, words: str) -> NoReturn:
    raise KafkastackError(f"{place} cannot be read: {words}", _ADVICE)


def _short(text: str) -> str:
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}…"
