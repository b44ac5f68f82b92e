"""Charms of ours: folders in the source tree or in the installed package, by channels."""

from pathlib import Path
from typing import TYPE_CHECKING

from kafkastack.model.channels import CHANNELS, Channel, Channels, parse_channels

if TYPE_CHECKING:
    from kafkastack.artifacts.distributions import Distribution

_PACKAGE = Path(__file__).parent.parent


def charms_dir() -> Path:
    """Return the folder that holds our charms."""
    installed = _PACKAGE / "data" / "charms"
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "charms"


def names() -> list[str]:
    """Return the names of our charms; a folder that a channel names is part of its charm."""
    known = [_read(path.parent.name) for path in charms_dir().glob(f"*/{CHANNELS}")]
    parts = {folder for channels in known for folder in channels.folders()}
    return sorted(channels.charm for channels in known if channels.charm not in parts)


def channels_of(charm: str) -> Channels:
    """Return the channels of a charm of ours, with what each of its folders says."""
    own = _read(charm)
    return own.joined({folder: _read(folder) for folder in own.folders()})


def folder_of(charm: str, channel: Channel) -> Path:
    """Return the folder of a channel's charm."""
    return charms_dir() / (channel.folder or charm)


def default_artifact() -> str:
    """Return what the next deploy of Kafka will need where nobody asks for another channel."""
    return channels_of("kafka").resolve().resources["kafka"]


def distribution_of(channel: str = "") -> "Distribution":
    """Return the Kafka of a channel like "4/stable", or of the default one."""
    # Imported here: who only deploys a charm of ours needs none of it.
    from kafkastack.artifacts.distributions import distribution_of_channel, find_resource

    if channel:
        return distribution_of_channel(channel)
    return find_resource(default_artifact())[0]


def _read(folder: str) -> Channels:
    return parse_channels((charms_dir() / folder / CHANNELS).read_text(), folder)
