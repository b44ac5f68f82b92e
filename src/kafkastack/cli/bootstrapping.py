"""bootstrap: make a controller on a cloud, with what it and its models are set to."""

import json
import os
import re
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kafkastack.cli import client_store, left
from kafkastack.cli.cloud_store import CLIENT, CLOUDS, CREDENTIALS, Document
from kafkastack.cli.known_clouds import AUTH_TYPES, personal
from kafkastack.cli.public_clouds import public_clouds
from kafkastack.cli.session import Target, key_values, read_map
from kafkastack.cli.settings import warn_of_unknown
from kafkastack.errors import ConflictError, NotFoundError, UnsupportedError, UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.model.bounds import check_name
from kafkastack.model.constraints import parse_constraints, to_text
from kafkastack.model.controller_settings import CONTROLLER_SETTINGS, check_bootstrap
from kafkastack.model.settings import check_settings, shown
from kafkastack.system.files import write_atomically
from kafkastack.system.places import controller_dir, private_folder

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Wanted(NamedTuple):
    """Where a controller goes: a cloud of ours, as it was called, its region."""

    cloud: str
    asked: str
    region: str
    note: str = ""


def bootstrap(parsed: Parsed) -> int:
    """Make a controller and, unless told otherwise, switch to it."""
    from kafkastack.clouds import prepare_cloud

    wanted = find_wanted(parsed.positional[0] if parsed.positional else "local")
    name = parsed.positional[1] if len(parsed.positional) > 1 else _default_name(wanted)
    check_name("controller name", name)
    if not _NAME.fullmatch(name):
        raise UsageError(
            f'"{name}" is not a valid name: controller names may only contain letters, digits, '
            "hyphens, underscores and dots"
        )
    settings = _settings(parsed, wanted)
    place = f"{wanted.cloud}/{wanted.region}{wanted.note}"
    print(f'Creating controller "{name}" on {place}', file=sys.stderr)
    register(name, settings)
    try:
        prepare_cloud(wanted.cloud, controller_dir(name))
        shown_controller = Target(name).call("show-controller")
    except BaseException:
        client_store.forget(name)
        (controller_dir(name) / "controller.json").unlink(missing_ok=True)  # it can be done again
        raise
    left.end([each for each in left.left_overs() if each.cloud == wanted.cloud])
    with client_store.edit() as store:
        store.controllers[name]["region"] = shown_controller["region"]
        if not parsed.is_set("no-switch"):
            store.select(name)
    print(f'Bootstrap complete, controller "{name}" is now available', file=sys.stderr)
    print(
        "Now you can run\n\tkafkastack add-model <model-name>\nto create a new model to deploy "
        "applications.",
        file=sys.stderr,
    )
    return 0


def _default_name(wanted: Wanted) -> str:
    return f"{wanted.cloud}-{wanted.region}"


def find_wanted(text: str) -> Wanted:
    """Return what CLOUD[/REGION] means: one of ours, or one that a person has added."""
    from kafkastack.clouds import region_of, resolve_cloud

    asked, _, region = text.partition("/")
    added = CLIENT.read(CLOUDS).get(asked) or public_clouds(AUTH_TYPES).get(asked)
    kind = added["type"] if added else asked
    if added and kind not in _ours():
        raise UnsupportedError(
            f'cloud "{asked}" is of type "{kind}", on which no machines are made here',
            f"there are: {', '.join(_ours())}",
        )
    cloud, why = resolve_cloud(kind)
    known = [*personal(added)["regions"]] if added and added.get("regions") else []
    if region and region not in (*known, region_of(cloud)):
        raise NotFoundError(
            f'invalid region "{region}" for cloud "{asked}"',
            f"there are: {', '.join([*known, region_of(cloud)])}",
        )
    return Wanted(cloud, asked, region_of(cloud), f" ({why})" if why else "")


def _ours() -> list[str]:
    from kafkastack.clouds import cloud_names

    return cloud_names()


def _settings(parsed: Parsed, wanted: Wanted) -> dict[str, Any]:
    """Return what controller.json is to hold; everything in it has been checked."""
    config = config_words(parsed.lists["config"])
    defaults = config_words(parsed.lists["model-default"])
    check_bootstrap(config)
    check_settings(defaults, "model-defaults")
    warn_of_unknown([*(config.keys() - CONTROLLER_SETTINGS.keys()), *defaults])
    return {
        "cloud": wanted.cloud,
        "uuid": str(uuid.uuid4()),
        "config": config,
        "model-defaults": defaults,
        "constraints": to_text(parse_constraints(parsed.lists["constraints"])),
        "bootstrap-constraints": to_text(parse_constraints(parsed.lists["bootstrap-constraints"])),
        "base": parsed["bootstrap-base"],
        "credential": find_credential(wanted.asked, parsed["credential"]),
        "warm-interpreters": os.environ.get("KAFKASTACK_WARM_INTERPRETERS", "1") != "0",
    }


def config_words(words: Sequence[str]) -> dict[str, str]:
    """Return the settings of `key=value` words and of files, the later ones first."""
    values: dict[str, str] = {}
    for word in words:
        if "=" in word:
            values |= key_values([word])
        else:
            values |= {key: shown(value) for key, value in read_map(Path(word)).items()}
    return values


def find_credential(cloud: str, name: str, place: Document | None = None) -> str:
    """Return the name of a credential that is there; the cloud's default one if none is named."""
    entry = (CLIENT.read(CREDENTIALS) if place is None else place).get(cloud, {})
    if name and name not in entry.get("cloud-credentials", {}):
        raise NotFoundError(
            f'credential "{name}" for cloud "{cloud}" not found',
            f"add it: kafkastack add-credential {cloud} -f FILE",
        )
    return name or entry.get("default-credential", "")


def register(name: str, settings: dict[str, Any]) -> None:
    """Take the name: of two commands at once one gets it."""
    with client_store.edit() as store:
        if name in store.controllers:
            raise ConflictError(
                f'controller "{name}" already exists', f"type: kafkastack switch {name}"
            )
        folder = controller_dir(name)
        if (folder / "controller.json").exists():
            raise ConflictError(
                f'controller "{name}" is there, but not registered',
                f"type: kafkastack register {name}",
            )
        private_folder(folder)
        write_atomically(folder / "controller.json", json.dumps(settings).encode(), 0o600)
        store.controllers[name] = {key: settings[key] for key in ("cloud", "uuid")}
