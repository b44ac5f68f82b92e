"""Which charms are ours: found by name in the source tree or in the installed package."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kafkastack.errors import NotFoundError, UsageError
from kafkastack.model.channels import Channel, parse_channels

_PACKAGE = Path(__file__).parent.parent


def charms_dir() -> Path:
    """Return the folder that holds our charms."""
    installed = _PACKAGE / "data" / "charms"
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "charms"


def names() -> list[str]:
    """Return the names of our charms."""
    return sorted(path.parent.name for path in charms_dir().glob("*/channels.yaml"))


@dataclass(frozen=True)
class Found:
    """A charm to deploy: its folder, and what its channel says."""

    source: Path
    channel: Channel
    channels: Mapping[str, Channel] = field(default_factory=dict[str, Channel])


def find(charm: str, channel: str = "") -> Found:
    """Return the charm of that name, or the one in that folder (a path holds a slash or dot)."""
    name = charm.removeprefix("ch:")
    if "/" in charm or charm.startswith("."):
        return _in_folder(Path(charm).expanduser().resolve(), channel)
    if name.startswith("local:"):
        raise NotFoundError(
            f'charm "{name}" was deployed from a folder', "name the folder in its place: ./FOLDER"
        )
    if name not in names():
        raise NotFoundError(
            f'charm or bundle "{charm}" not found',
            f"ours are: {', '.join(names())}; or give a folder: kafkastack deploy ./{name}",
        )
    return _in_folder(charms_dir() / name, channel)


def _in_folder(folder: Path, channel: str) -> Found:
    if folder.suffix == ".charm" and folder.is_file():
        raise UsageError(f"{folder.name} is packed", "give the folder of the charm's source")
    if not (folder / "metadata.yaml").exists() and not (folder / "charmcraft.yaml").exists():
        raise NotFoundError(
            f"{folder} holds no charm: neither metadata.yaml nor charmcraft.yaml",
            f"name its folder, or one of ours: {', '.join(names())}",
        )
    channels = folder / "channels.yaml"
    if channels.exists():
        all_of_them = parse_channels(channels.read_text(), folder.name)
        return Found(folder, all_of_them.resolve(channel), all_of_them.channels)
    return Found(folder, Channel(channel, 0, {}))
