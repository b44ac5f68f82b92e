"""How generated secrets are kept out of logs, tracebacks and records."""

from kafkastack.model.records import SecretRevision
from kafkastack.store.store import Reader

_SHORTEST = 8  # shorter values ("true", "9092") are words that occur by themselves
BLANK = "********"


class Scrubber:
    """Blanks the values of a model's secrets."""

    def __init__(self, reader: Reader, model: str) -> None:
        self._reader = reader
        self._model = model

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
            for value in revision.content.values()
            for part in (value, value.strip(), value.replace("\n", "\\n"))
            if len(part) >= _SHORTEST
        }
        return sorted(values, key=len, reverse=True)
