"""bootstrap, controllers, destroy-controller."""

import json
import os
import re
import shutil
import sys
import uuid
from pathlib import Path
from typing import Any

from kafkastack.cli import client_store
from kafkastack.cli.connection import call, connect
from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.tables import controllers_table
from kafkastack.cli.session import Target, confirm, key_values
from kafkastack.errors import ConflictError, ControllerError, NotFoundError, UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.system.files import write_atomically
from kafkastack.system.places import controller_dir, private_folder

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def bootstrap(parsed: Parsed) -> int:
    """Make a controller and, unless told otherwise, switch to it."""
    from kafkastack.clouds import resolve_cloud

    asked = parsed.positional[0] if parsed.positional else "local"
    cloud, why = resolve_cloud(asked)
    name = parsed.positional[1] if len(parsed.positional) > 1 else f"{cloud}-localhost"
    if not _NAME.fullmatch(name):
        raise UsageError(
            f'"{name}" is not a valid name: controller names may only contain letters, digits, '
            "hyphens, underscores and dots"
        )
    note = f" ({why})" if asked != cloud else ""
    print(f'Creating controller "{name}" on {cloud}/localhost{note}', file=sys.stderr)
    settings = {
        "cloud": cloud,
        "uuid": str(uuid.uuid4()),
        "config": key_values(parsed.lists["config"]),
        "warm-interpreters": os.environ.get("KAFKASTACK_WARM_INTERPRETERS", "1") != "0",
    }
    _register(name, settings)
    try:
        connect(name).close()
    except BaseException:
        _forget(name)
        raise
    if not parsed.is_set("no-switch"):
        with client_store.edit() as store:
            store.current = name
    print(f'Bootstrap complete, controller "{name}" is now available', file=sys.stderr)
    print(
        "Now you can run\n\tkafkastack add-model <model-name>\nto create a new model to deploy "
        "applications.",
        file=sys.stderr,
    )
    return 0


def _register(name: str, settings: dict[str, Any]) -> None:
    """Take the name: of two commands at once one gets it."""
    with client_store.edit() as store:
        if name in store.controllers:
            raise ConflictError(
                f'controller "{name}" already exists', f"type: kafkastack switch {name}"
            )
        folder = private_folder(controller_dir(name))
        write_atomically(folder / "controller.json", json.dumps(settings).encode(), 0o600)
        store.controllers[name] = {key: settings[key] for key in ("cloud", "uuid")}


def controllers(parsed: Parsed) -> int:
    """List the controllers; asks each, so that the numbers are true."""
    from kafkastack.controller.documents import ControllerFacts, controllers_document

    store = client_store.read()
    entries = [_facts(ControllerFacts, name, store) for name in sorted(store.controllers)]
    document = controllers_document(entries, store.current)
    form = parsed["format"]
    if form != "tabular":
        print(to_json(document) if form == "json" else to_yaml(document), end="")
        return 0
    out, err = controllers_table(document)
    print(out, end="")
    print(err, end="", file=sys.stderr)
    return 0


def _facts(kind: Any, name: str, store: client_store.ClientStore) -> Any:
    shown = Target(name).call("show-controller")
    return kind(
        name=name,
        uuid=shown["uuid"],
        cloud=shown["cloud"],
        region=shown["region"],
        version=shown["version"],
        current_model=store.models.get(name, ""),
        models=shown["models"],
        machines=shown["machines"],
    )


def destroy_controller(parsed: Parsed) -> int:
    """End a controller with everything on it, and remove its folder."""
    from kafkastack.clouds.local import runtime_folder

    name = parsed.positional[0]
    folder = controller_dir(name)
    if name not in client_store.read().controllers and not folder.exists():
        raise NotFoundError(f"controller {name} not found", "type: kafkastack controllers")
    if not confirm(parsed, f'This command will destroy the "{name}" controller and its models.'):
        return 1
    print("Destroying controller", file=sys.stderr)
    try:
        _destroy(parsed, name, folder)
    except (ControllerError, FileNotFoundError):
        if folder.exists():
            raise  # else another command has removed it meanwhile
    for left in (runtime_folder(folder), folder):
        shutil.rmtree(left, ignore_errors=True)
    _forget(name)
    print("All models reclaimed, controller removed", file=sys.stderr)
    return 0


def _destroy(parsed: Parsed, name: str, folder: Path) -> None:
    if (folder / "controller.json").exists():
        call(
            name,
            "destroy-controller",
            {
                "destroy_all_models": parsed.is_set("destroy-all-models"),
                "force": parsed.is_set("force"),
            },
            progress=lambda text: print(text, file=sys.stderr),
        )
        _wait_until_ended(folder)


def _wait_until_ended(folder: Path) -> None:
    """Wait for the controller's lock: the process holds it until its very end."""
    import fcntl

    with (folder / "controller.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)


def _forget(name: str) -> None:
    with client_store.edit() as store:
        store.controllers.pop(name, None)
        store.models.pop(name, None)
        if store.current == name:
            store.current = next(iter(sorted(store.controllers)), "")
