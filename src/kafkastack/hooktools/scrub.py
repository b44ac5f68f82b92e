"""Scrubber of generated secrets, which keeps them out of logs, tracebacks and records."""

from collections.abc import Iterable, Iterator

from kafkastack.model.records import SecretRevision
from kafkastack.store.store import Reader

_SHORTEST = 8  # shorter values ("true", "9092") are words that occur by themselves
# Settings that charm libraries keep beside a password; statuses need these words.
_PUBLIC_KEYS = ("tls", "username")
_WORDS = ("disabled", "enabled")
_PEM_BORDER = "-----"
BLANK = "********"


class Scrubber:
    """Blanks the values of a model's secrets."""

    def __init__(self, reader: Reader, model: str) -> None:
        self._reader = reader
        self._model = model
        self._more: set[str] = set()

    def hide(self, values: Iterable[str]) -> None:
        """Blank these values, too: what a charm was told that is no secret of the model's."""
        self._more |= {part for value in values for part in _parts(value)}

    def scrub(self, text: str) -> str:
        """Return `text` with every secret value blanked, longest first."""
        for value in self._values():
            text = text.replace(value, BLANK)
        return text

    def _values(self) -> list[str]:
        revisions = self._reader.all(SecretRevision, self._model)
        values = {
            part
            for revision in revisions
            for key, value in revision.content.items()
            if key not in _PUBLIC_KEYS and value not in _WORDS
            for part in _parts(value)
        }
        values = {
            part
            for part in values | self._more
            if len(part) >= _SHORTEST and not part.startswith(_PEM_BORDER)
        }
        return sorted(values, key=len, reverse=True)


def _parts(value: str) -> Iterator[str]:
    """Yield what a value looks like in a log: whole, as one escaped line, line by line."""
    text = value.strip()
    if "\n" not in text:
        yield text
        return
    yield text.replace("\n", "\\n")
    yield from text.splitlines()
