"""Which charms are ours: found by name in the source tree or in the installed package."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from kafkastack.errors import NotFoundError, UsageError
from kafkastack.model.channels import Channel, Channels, parse_channels

_PACKAGE = Path(__file__).parent.parent
_CHANNELS = "channels.json"
PORTS: Mapping[str, tuple[int, ...]] = {  # of what our charms serve
    "zookeeper": (2181, 2888, 3888),
    "kafka": (9092, 9093, 19092, 19093),
}


def charms_dir() -> Path:
    """Return the folder that holds our charms."""
    installed = _PACKAGE / "data" / "charms"
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "charms"


def names() -> list[str]:
    """Return the names of our charms."""
    return sorted(path.parent.name for path in charms_dir().glob("*/channels.json"))


def is_bundle(word: str) -> bool:
    """Tell whether what `deploy` is given is a bundle: a YAML file, or a folder that holds one."""
    path = Path(word).expanduser()
    if path.is_dir():
        charm = any((path / name).exists() for name in ("metadata.yaml", "charmcraft.yaml"))
        return (path / "bundle.yaml").exists() and not charm
    return path.suffix in (".yaml", ".yml")


class Found(NamedTuple):
    """A charm to deploy: its folder, and what its channel says."""

    source: Path
    channel: Channel
    channels: Mapping[str, Channel] = MappingProxyType({})

    @property
    def name(self) -> str:
        """What an application is called if nobody names it: as the folder, or what is packed."""
        return self.source.name.partition("_")[0] if self.source.is_file() else self.source.name


def find(charm: str, channel: str = "", revision: int | None = None) -> Found:
    """Return the charm of that name, or the one in that folder (a path holds a slash or dot)."""
    found = _find(charm, channel if revision is None else "")
    if revision is None:
        return found
    if not found.channels:
        raise UsageError(
            f"{found.source} has no revisions: it is no charm of ours", "leave out --revision"
        )
    known = Channels(found.name, found.channel.name, found.channels)
    return found._replace(channel=known.of_revision(revision, channel))


def _find(charm: str, channel: str) -> Found:
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
        return _of_channel(folder, channel)
    if not (folder / "metadata.yaml").exists() and not (folder / "charmcraft.yaml").exists():
        raise NotFoundError(
            f"{folder} holds no charm: neither metadata.yaml nor charmcraft.yaml",
            f"name its folder, or one of ours: {', '.join(names())}",
        )
    return _of_channel(folder, channel)


def _of_channel(source: Path, channel: str) -> Found:
    text = read_texts(source, [_CHANNELS]).get(_CHANNELS, "")
    if not text:
        return Found(source, Channel(channel, 0, {}))
    known = parse_channels(text, source.name)
    return Found(source, known.resolve(channel), known.channels)


def read_texts(source: Path, names: Iterable[str]) -> dict[str, str]:
    """Return those of these files that a charm has, in its folder or packed."""
    if source.is_dir():
        from kafkastack.system.reading import read_inside, text_of

        there = [name for name in names if (source / name).exists()]
        return {name: text_of(read_inside(source, name), source / name) for name in there}
    from kafkastack.system.archives import read_members
    from kafkastack.system.reading import MOST_OF_CHARM, text_of

    found = read_members(source, names, MOST_OF_CHARM)
    return {name: text_of(content, f"{name} in {source}") for name, content in found.items()}
