"""Which charms are ours: found by name in the source tree or in the installed package."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kafkastack.errors import NotFoundError
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

    @property
    def name(self) -> str:
        """What an application is called if nobody names it: as the folder, or what is packed."""
        return self.source.name.partition("_")[0] if self.source.is_file() else self.source.name


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
        return _packed(folder, channel)
    if not (folder / "metadata.yaml").exists() and not (folder / "charmcraft.yaml").exists():
        raise NotFoundError(
            f"{folder} holds no charm: neither metadata.yaml nor charmcraft.yaml",
            f"name its folder, or one of ours: {', '.join(names())}",
        )
    channels = folder / "channels.yaml"
    return _of_channel(folder, channel, channels.read_text() if channels.exists() else "")


def _packed(file: Path, channel: str) -> Found:
    try:
        with zipfile.ZipFile(file) as archive:
            text = archive.read("channels.yaml").decode()
    except KeyError:
        text = ""
    except (OSError, zipfile.BadZipFile) as error:
        raise NotFoundError(
            f"{file} holds no charm: {error}", "pack it again: kafkastack pack FOLDER"
        ) from error
    return _of_channel(file, channel, text)


def _of_channel(source: Path, channel: str, text: str) -> Found:
    if not text:
        return Found(source, Channel(channel, 0, {}))
    known = parse_channels(text, source.name)
    return Found(source, known.resolve(channel), known.channels)
