"""Catalogue of charms: one of ours by its name and channel, or what lies in a folder."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from kafkastack.artifacts.our_charms import channels_of, folder_of, names
from kafkastack.errors import NotFoundError, UsageError
from kafkastack.model.channels import CHANNELS, Channel, Channels, parse_channels

_METADATA = ("metadata.yaml", "charmcraft.yaml")
PORTS: Mapping[str, Mapping[str, tuple[int, ...]]] = {  # of what our charms serve, by track
    "3": {"zookeeper": (2181, 2888, 3888), "kafka": (9092, 9093, 19092, 19093)},
    "4": {"kafka": (9092, 9093, 9098, 19093)},
}


def is_bundle(word: str) -> bool:
    """Report whether `deploy` is given a bundle: a YAML file, or a folder that holds one."""
    path = Path(word).expanduser()
    if path.is_dir():
        charm = any((path / name).exists() for name in _METADATA)
        return (path / "bundle.yaml").exists() and not charm
    return path.suffix in (".yaml", ".yml")


class Found(NamedTuple):
    """A charm to deploy: its folder, and what its channel says."""

    source: Path
    channel: Channel
    name: str  # what an application is called if nobody names it
    channels: Mapping[str, Channel] = MappingProxyType({})


def find(charm: str, channel: str = "", revision: int | None = None, now: str = "") -> Found:
    """Return the charm of that name, or the one in that folder (a path holds a slash or dot).

    `now` is the channel that an application follows: it stays there if none is asked for.
    """
    name = charm.removeprefix("ch:")
    if "/" in charm or charm.startswith("."):
        return _in_folder(Path(charm).expanduser().resolve(), channel, revision)
    if name.startswith("local:"):
        raise NotFoundError(
            f'charm "{name}" was deployed from a folder', "name the folder in its place: ./FOLDER"
        )
    if name not in names():
        raise NotFoundError(
            f'charm or bundle "{charm}" not found',
            f"ours are: {', '.join(names())}; or give a folder: kafkastack deploy ./{name}",
        )
    known = channels_of(name)
    chosen = _choose(known, channel, revision, now)
    return Found(folder_of(name, chosen), chosen, name, known.channels)


def _choose(known: Channels, channel: str, revision: int | None, now: str = "") -> Channel:
    if revision is None:
        return known.resolve(channel or now)
    return known.of_revision(revision, channel, now)


def _in_folder(source: Path, channel: str, revision: int | None) -> Found:
    """Return the charm that a folder holds, or what is packed: nothing beside it is looked at."""
    name = source.name.partition("_")[0] if source.is_file() else source.name
    _refuse_no_charm(source)
    text = read_texts(source, [CHANNELS]).get(CHANNELS, "")
    if text:
        known = parse_channels(text, name).own()
        return Found(source, _choose(known, channel, revision), name, known.channels)
    if revision is None:
        return Found(source, Channel(channel, 0, {}), name)
    raise UsageError(f"{source} has no revisions: it is no charm of ours", "ask for none")


def _refuse_no_charm(source: Path) -> None:
    is_packed = source.suffix == ".charm" and source.is_file()
    if is_packed or any((source / name).exists() for name in _METADATA):
        return
    raise NotFoundError(
        f"{source} holds no charm: neither {' nor '.join(_METADATA)}",
        f"name its folder, or one of ours: {', '.join(names())}",
    )


def ports_of(charm: str, channel: str) -> tuple[int, ...]:
    """Return the ports that a charm of ours serves; a charm of a folder follows no channel."""
    return PORTS.get(channel.partition("/")[0], PORTS["3"]).get(charm, ())


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
