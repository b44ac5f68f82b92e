"""Journal of the progress of a tutorial: one small file, replaced as a whole."""

import json
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from kafkastack.system.files import write_atomically
from kafkastack.tutorial.document import Step

FILE = "journal.json"


class Journal(Struct, frozen=True):
    """The keys of the steps that are done, and the cloud that they were taken on.

    `has_made`: what the tutorial makes was not there before this walk.
    """

    cloud: str = "local"
    done: tuple[str, ...] = ()
    has_made: bool = False

    def with_done(self, key: str) -> "Journal":
        """Return the journal after one more step."""
        return replace(self, done=(*self.done, key))


def remaining(steps: Sequence[Step], journal: Journal) -> tuple[Step, ...]:
    """Return the steps from the first one that is not done; all before it are kept as done."""
    done = set(journal.done)
    for number, step in enumerate(steps):
        if step.key not in done:
            return tuple(steps[number:])
    return ()


def load(folder: Path) -> Journal:
    """Read the journal of a folder; empty when there is none, or none that can be read."""
    try:
        document = json.loads((folder / FILE).read_bytes())
        done = tuple(map(str, document["done"]))
        return Journal(str(document["cloud"]), done, bool(document.get("made")))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return Journal()


def save(folder: Path, journal: Journal) -> None:
    """Replace the journal of a folder: after a crash it is the old one or the new one."""
    document = {"cloud": journal.cloud, "done": journal.done, "made": journal.has_made}
    write_atomically(folder / FILE, json.dumps(document, indent=1).encode(), 0o600)
