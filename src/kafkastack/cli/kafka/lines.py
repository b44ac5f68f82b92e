"""Messages as lines: how Kafka's console producer reads one, and its consumer prints one."""

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kafkastack.errors import KafkastackError, UsageError

Headers = list[tuple[str, bytes | None]]

READER: Mapping[str, str] = {
    "parse.key": "false",
    "key.separator": "\t",
    "parse.headers": "false",
    "headers.delimiter": "\t",
    "headers.separator": ",",
    "headers.key.separator": ":",
    "null.marker": "",
    "ignore.error": "false",
}
FORMATTER: Mapping[str, str] = {
    "print.timestamp": "false",
    "print.partition": "false",
    "print.offset": "false",
    "print.headers": "false",
    "print.key": "false",
    "print.value": "true",
    "key.separator": "\t",
    "line.separator": "\n",
    "headers.separator": ",",
    "null.literal": "null",
}
_TIMES = {1: "CreateTime", 2: "LogAppendTime"}
_NO_TIME = "NO_TIMESTAMP"


class Record(NamedTuple):
    """A message to send."""

    value: bytes | None
    key: bytes | None = None
    headers: Headers | None = None


class Read(NamedTuple):
    """A message that was read."""

    value: bytes | None
    key: bytes | None
    headers: Headers
    partition: int
    offset: int
    time: tuple[int, int]  # kind, milliseconds


def is_on(properties: Mapping[str, str], name: str) -> bool:
    """Report whether a property is true."""
    text = properties[name].lower()
    if text not in ("true", "false"):
        raise UsageError(f'{name} is true or false, not "{properties[name]}"')
    return text == "true"


class Reader:
    """Reads lines as kafka-console-producer.sh does."""

    def __init__(self, properties: Mapping[str, str]) -> None:
        self._has_key = is_on(properties, "parse.key")
        self._has_headers = is_on(properties, "parse.headers")
        self._is_lenient = is_on(properties, "ignore.error")
        names = ("headers.delimiter", "key.separator", "headers.separator")
        self._delimiter, self._key_separator, self._separator = (
            _separator(properties, name) for name in names
        )
        self._header_separator = _separator(properties, "headers.key.separator")
        self._null = _bytes(properties["null.marker"]) or None

    def parse(self, line: bytes, number: int) -> Record:
        """Return the message of a line without its end; an error names the line."""
        rest, headers, key = line, None, None
        if self._has_headers:
            part, rest = self._split(rest, self._delimiter, "headers delimiter", number)
            headers = self._headers(part, number) if part is not None else None
        if self._has_key:
            key, rest = self._split(rest, self._key_separator, "key separator", number)
        return Record(self._or_none(rest), self._or_none(key), headers)

    def _split(
        self, line: bytes, separator: bytes, what: str, number: int
    ) -> tuple[bytes | None, bytes]:
        before, found, after = line.partition(separator)
        if found:
            return before, after
        if self._is_lenient:
            return None, line
        shown = line.decode(errors="replace")
        raise KafkastackError(
            f"No {what} found on line number {number}: '{shown:.60}'",
            f"the separator is {os.fsdecode(separator)!r}; what has none is sent whole with: "
            "--property ignore.error=true",
        )

    def _headers(self, part: bytes, number: int) -> Headers:
        if self._null is not None and part == self._null:
            return []
        pairs = (
            self._split(one, self._header_separator, "header key separator", number)
            for one in part.split(self._separator)
        )
        return [
            ((key or b"").decode(errors="replace"), self._or_none(value)) for key, value in pairs
        ]

    def _or_none(self, text: bytes | None) -> bytes | None:
        return None if text is None or text == self._null else text


class Formatter:
    """Prints messages as kafka-console-consumer.sh does."""

    def __init__(self, properties: Mapping[str, str]) -> None:
        self._shown = {
            name for name in properties if name[:6] == "print." and is_on(properties, name)
        }
        self._separator = _bytes(properties["key.separator"])
        self._end = _bytes(properties["line.separator"])
        self._between_headers = _bytes(properties["headers.separator"])
        self._null = _bytes(properties["null.literal"])

    def render(self, message: Read) -> bytes:
        """Return what is printed of a message."""
        parts = {
            "print.timestamp": lambda: _time(message.time).encode(),
            "print.partition": lambda: f"Partition:{message.partition}".encode(),
            "print.offset": lambda: f"Offset:{message.offset}".encode(),
            "print.headers": lambda: self._headers(message.headers),
            "print.key": lambda: self._or_null(message.key),
            "print.value": lambda: self._or_null(message.value),
        }
        shown = (part() for name, part in parts.items() if name in self._shown)
        return self._separator.join(shown) + self._end

    def _headers(self, headers: Iterable[tuple[str, bytes | None]]) -> bytes:
        pairs = (key.encode() + b":" + self._or_null(value) for key, value in headers)
        return self._between_headers.join(pairs) or b"NO_HEADERS"

    def _or_null(self, text: bytes | None) -> bytes:
        return self._null if text is None else text


def _time(time: tuple[int, int]) -> str:
    kind, milliseconds = time
    return f"{_TIMES[kind]}:{milliseconds}" if kind in _TIMES else _NO_TIME


def _separator(properties: Mapping[str, str], name: str) -> bytes:
    text = properties[name]
    if not text:
        raise UsageError(f"{name} must not be empty", "such as: --property key.separator=:")
    return _bytes(text)


def _bytes(word: str) -> bytes:
    """Return the very bytes of a word of the command line."""
    return os.fsencode(word)
