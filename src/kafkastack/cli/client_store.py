"""State kept by the command line: the controllers, the current one, each one's current model."""

import fcntl
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.system.places import data_dir, private_folder

_FILE = "client.json"


class ClientStore:
    """The contents of client.json; `models` maps a controller to its current model."""

    def __init__(
        self,
        current: str = "",
        controllers: dict[str, dict[str, str]] | None = None,
        models: dict[str, str] | None = None,
        previous: str = "",
    ) -> None:
        self.current = current
        self.previous = previous  # what `switch -` goes back to
        self.controllers = controllers or {}
        self.models = models or {}

    def selected(self) -> str:
        """Return what is selected: "controller:model", or the controller alone."""
        model = self.models.get(self.current, "")
        return f"{self.current}:{model}" if model else self.current

    def select(self, controller: str, model: str = "") -> None:
        """Make a controller, and a model of it, the current ones."""
        before = self.selected()
        self.current = controller
        if model:
            self.models[controller] = model
        if self.selected() != before:
            self.previous = before

    def remember(self, controller: str, model: str) -> None:
        """Make a model the current one of its controller."""
        if controller == self.current:
            self.select(controller, model)
        else:
            self.models[controller] = model

    def controller(self, name: str = "") -> str:
        """Return `name`, else JUJU_CONTROLLER or the current one; an error says what to type."""
        name = name or os.environ.get("JUJU_CONTROLLER", "")
        if not (name or self.current):
            raise NotFoundError(
                "No selected controller.", "type: kafkastack bootstrap local overlord"
            )
        if (name or self.current) not in self.controllers:
            raise NotFoundError(
                f"controller {name or self.current} not found", "type: kafkastack controllers"
            )
        return name or self.current


def read() -> ClientStore:
    """Return what is remembered; empty before the first bootstrap."""
    try:
        document = json.loads((data_dir() / _FILE).read_bytes())
    except FileNotFoundError:
        return ClientStore()
    except ValueError as error:
        raise KafkastackError(
            f"{data_dir() / _FILE} cannot be read: {error}",
            "remove it, then type: kafkastack bootstrap local <another name>",
        ) from error
    return ClientStore(**document)


@contextmanager
def edit() -> Generator[ClientStore]:
    """Give the store for changing; it is written as one when the block ends well."""
    folder = private_folder(data_dir())
    with (folder / ".client.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        store = read()
        yield store
        _write(folder / _FILE, store)


def forget(controller: str) -> None:
    """Remember nothing more of a controller."""
    with edit() as store:
        store.controllers.pop(controller, None)
        store.models.pop(controller, None)
        if store.current == controller:
            store.current = next(iter(sorted(store.controllers)), "")


def _write(path: Path, store: ClientStore) -> None:
    staging = path.with_suffix(".new")
    descriptor = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(vars(store), stream, indent=1)
    staging.replace(path)


def split_model(text: str) -> tuple[str, str]:
    """Split `[controller:][user/]model` into controller and model without its owner."""
    controller, colon, model = text.rpartition(":")
    return (controller if colon else ""), model.rpartition("/")[2]
