"""Store of clouds and credentials: one 0600 file each, of the client or of a controller."""

import fcntl
import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from kafkastack.cli import client_store
from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.gnuflag import Parsed
from kafkastack.system.files import write_atomically
from kafkastack.system.places import controller_dir, data_dir, private_folder

Document = dict[str, Any]
CLOUDS, CREDENTIALS = "clouds.json", "credentials.json"


class Place(NamedTuple):
    """The client ("") or a controller."""

    controller: str = ""

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return controller_dir(self.controller) if self.controller else data_dir()

    @property
    def called(self) -> str:
        """How a message names it."""
        return f'controller "{self.controller}"' if self.controller else "this client"

    def read(self, name: str) -> Document:
        """Return what one of its files holds; nothing before it is written."""
        path = self.folder / name
        try:
            return json.loads(path.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise KafkastackError(
                f"{path} cannot be read: {error}", "remove it, then add what it held again"
            ) from error

    @contextmanager
    def edit(self, name: str) -> Generator[Document]:
        """Give what a file holds for changing; it is written as one when the block ends well."""
        folder = private_folder(self.folder)
        with (folder / ".clouds.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            document = self.read(name)
            yield document
            write_atomically(folder / name, json.dumps(document, indent=1).encode(), 0o600)


CLIENT = Place()


def written_places(parsed: Parsed) -> list[Place]:
    """Return where a verb writes: --client, --controller or both; the client if neither is."""
    places = [Place(client_store.read().controller(name)) for name in _named(parsed)]
    return [CLIENT, *places] if parsed.is_set("client") or not places else places


def read_places(parsed: Parsed) -> list[Place]:
    """Return where a verb looks: as told, else on the current controller and on the client."""
    store = client_store.read()
    if parsed.is_set("client") or _named(parsed):
        return written_places(parsed)[::-1]
    return [*([Place(store.current)] if store.current else []), CLIENT]


def _named(parsed: Parsed) -> list[str]:
    names = (parsed["controller"], parsed.values.get("target-controller", ""))
    return list(dict.fromkeys(name for name in names if name))


def credential_not_found(cloud: str, name: str, place: Place) -> NotFoundError:
    """Return the error of a credential that a place does not hold."""
    whose = "credential" if place.controller else "local credential"
    return NotFoundError(
        f'{whose} "{name}" for cloud "{cloud}" not found',
        "see which there are: kafkastack credentials",
    )
