"""Scrubber of generated secrets, which keeps them out of logs, tracebacks and records."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from kafkastack.model.records import SecretRevision
from kafkastack.store.store import Reader

_SHORTEST = 8  # shorter values ("true", "9092") are words that occur by themselves
# Settings that charm libraries keep beside a password; statuses need these words.
_PUBLIC_KEYS = ("tls", "username")
_WORDS = ("disabled", "enabled")
_PEM_BORDER = "-----"
BLANK = "********"
_FEW = 64  # values that are found sooner one by one than from character to character
_LONG = 512  # characters; a secret's size bounds how many are longer


class Scrubber:
    """Blanks the values of a model's secrets."""

    def __init__(self, reader: Reader, model: str) -> None:
        self._reader = reader
        self._model = model
        self._more: set[str] = set()
        self._revisions: list[SecretRevision] | None = None  # those of which the values are
        self._values = Values(())

    def hide(self, values: Iterable[str]) -> None:
        """Blank these values, too: what a charm was told that is no secret of the model's."""
        self._more |= {part for value in values for part in _parts(value)}
        self._revisions = None

    def scrub(self, text: str) -> str:
        """Return `text` with every secret value blanked, the longest where several begin."""
        revisions = self._reader.all(SecretRevision, self._model)
        if revisions != self._revisions:
            self._revisions = revisions
            self._values = Values({*_parts_of(revisions), *self._more})
        return self._values.blank(text)


class Values:
    """Values to be blanked, at a cost that grows with the text and hardly with their number.

    A few, and those that are long, are sought one by one. All others are sorted. The longest one
    that a text begins with is the last value that is not behind the text, or one that this value
    begins with itself: these are its path in `_paths`.
    """

    def __init__(self, values: Iterable[str]) -> None:
        hidden = sorted(filter(_is_hidden, values))
        are_few = len(hidden) <= _FEW
        self._sought = [value for value in hidden if are_few or len(value) > _LONG]
        self._sorted = [value for value in hidden if not are_few and len(value) <= _LONG]
        self._longest: dict[str, int] = {}  # by the first characters
        for value in self._sorted:
            start = value[:_SHORTEST]
            self._longest[start] = max(self._longest.get(start, 0), len(value))
        self._paths = list(_paths(self._sorted))

    def blank(self, text: str) -> str:
        """Return a text without them; those that overlap are one blank."""
        kept, end = list[str](), 0
        for start, stop in sorted((*self._seek(text), *self._found(text))):
            if start >= end:
                kept += text[end:start], BLANK
            end = max(end, stop)
        return "".join((*kept, text[end:]))

    def _seek(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where those that are sought one by one begin and end."""
        for value in self._sought:
            at = text.find(value)
            while at >= 0:
                yield at, at + len(value)
                at = text.find(value, at + len(value))

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where others begin, and where the longest one there ends."""
        longest = self._longest.get
        for at in range(len(text) - _SHORTEST + 1) if self._sorted else ():
            most = longest(text[at : at + _SHORTEST])
            if most and (size := self._size_at(text[at : at + most])):
                yield at, at + size

    def _size_at(self, text: str) -> int:
        """Return how long the longest value is that a text begins with; 0 if it is none."""
        place = bisect_right(self._sorted, text)
        path = self._paths[place - 1] if place else ()
        count = bisect_left(path, True, key=lambda value: not text.startswith(value))
        return len(path[count - 1]) if count else 0


def _paths(values: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield with each of the sorted values those that it begins with, itself the last one."""
    path: list[str] = []
    for value in values:
        while path and not value.startswith(path[-1]):
            path.pop()
        path.append(value)
        yield tuple(path)


def _parts_of(revisions: Iterable[SecretRevision]) -> Iterator[str]:
    for revision in revisions:
        for key, value in revision.content.items():
            if key not in _PUBLIC_KEYS and value not in _WORDS:
                yield from _parts(value)


def _parts(value: str) -> Iterator[str]:
    """Yield what a value looks like in a log: whole, as one escaped line, line by line."""
    text = value.strip()
    if "\n" not in text:
        yield text
        return
    yield text.replace("\n", "\\n")
    yield from text.splitlines()


def _is_hidden(value: str) -> bool:
    return len(value) >= _SHORTEST and not value.startswith(_PEM_BORDER)
