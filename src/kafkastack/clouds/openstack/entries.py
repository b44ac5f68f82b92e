"""Entries of OpenStacks in clouds.yaml, found where OpenStack's own tools look."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from kafkastack.errors import KafkastackError, NotFoundError, PreflightError
from kafkastack.model.yaml_file import read_yaml
from kafkastack.system.files import write_atomically
from kafkastack.system.reading import read_regular, text_of

_RECORD = "openstack.json"
_FILE = "clouds.yaml"


class Entry(NamedTuple):
    """An entry of a clouds.yaml: its secrets stay there."""

    name: str
    file: str
    region: str = ""


def known_entries() -> dict[str, Entry]:
    """Return the entries of the first clouds.yaml that there is, by name."""
    for path in _places(os.environ):
        if path.is_file():
            return _read(path)
    return {}


def find_entry(name: str) -> Entry:
    """Return the entry of that name; "openstack" is the one of OS_CLOUD, or the only one."""
    entries = known_entries()
    wanted = os.environ.get("OS_CLOUD", "") if name == "openstack" else name
    if name == "openstack" and not wanted and len(entries) == 1:
        return next(iter(entries.values()))
    if wanted in entries:
        return entries[wanted]
    there = f"there are: {', '.join(sorted(entries))}" if entries else "there is no clouds.yaml"
    raise NotFoundError(
        f'clouds.yaml has no cloud "{wanted or name}": {there}',
        "name one: kafkastack bootstrap CLOUD, or make one: kafkastack microstack bootstrap",
    )


def remember(name: str, folder: Path) -> None:
    """Note in a controller's folder which entry it is on: other folders and users ask there."""
    remember_again(find_entry(name), folder)


def remember_again(entry: Entry, folder: Path) -> None:
    """Note an entry in another folder, whether it is still in its clouds.yaml or not."""
    write_atomically(folder / _RECORD, json.dumps(entry._asdict()).encode(), 0o600)


def remembered(folder: Path) -> Entry | None:
    """Return the entry that a controller is on."""
    path = folder / _RECORD
    return Entry(**json.loads(path.read_bytes())) if path.exists() else None


def forget(folder: Path) -> None:
    """Forget what an earlier controller of that folder was on."""
    (folder / _RECORD).unlink(missing_ok=True)


def _places(env: Mapping[str, str]) -> list[Path]:
    """Return where clouds.yaml is looked for, in openstacksdk's order."""
    if given := env.get("OS_CLIENT_CONFIG_FILE"):
        return [Path(given)]
    home = Path("~").expanduser()
    config = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
    folders = (
        Path.cwd(),
        config / "openstack",
        home / ".config/openstack",
        Path("/etc/openstack"),
    )
    return [folder / _FILE for folder in folders]


def _read(path: Path) -> dict[str, Entry]:
    try:
        clouds = read_yaml(text_of(read_regular(path), path), str(path)).get("clouds").map()
        return {
            name: Entry(name, str(path.absolute()), entry.get("region_name").text())
            for name, entry in clouds.items()
        }
    except KafkastackError as error:
        raise PreflightError(
            error.message,
            "it is written by kafkastack microstack configure, or by your cloud's dashboard",
        ) from error
