"""Channels of our own charms: the folder, the revision and the resources each one means."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.model.yaml_file import Node

CHANNELS = "channels.json"
_RISKS = ("stable", "candidate", "beta", "edge")


class Channel(NamedTuple):
    """One channel: the charm's revision and its resources, name → artifact.

    `folder` is where the charm of this channel lies if that is not the folder of the charm's
    name: its own file tells what the channel means.
    """

    name: str
    revision: int
    resources: dict[str, str]
    folder: str = ""


class Channels(NamedTuple):
    """All channels of a charm; `default` is taken when none is asked for."""

    charm: str
    default: str
    channels: Mapping[str, Channel]

    def resolve(self, text: str = "") -> Channel:
        """Return the channel for "3/stable", "edge", "3" or ""; NotFoundError lists them all."""
        for name in self._candidates(text):
            if name in self.channels:
                return self.channels[name]
        raise NotFoundError(
            f'charm "{self.charm}" has no channel "{text}"; '
            f"there is {', '.join(sorted(self.channels))}",
            f"kafkastack deploy {self.charm} --channel {self.default}",
        )

    def of_revision(self, revision: int, text: str = "", now: str = "") -> Channel:
        """Return a channel that has this revision: the one asked for, else the one of `now` first.

        `now` is the channel that an application follows, "" for the default.
        """
        wanted = self.resolve(text or now)
        if wanted.revision == revision:
            return wanted
        found = [channel for channel in self.channels.values() if channel.revision == revision]
        if found and not text:
            return found[0]
        known = ", ".join(sorted({str(channel.revision) for channel in self.channels.values()}))
        where = f' in channel "{text}"' if text else ""
        raise NotFoundError(
            f'charm "{self.charm}" has no revision {revision}{where}; there is {known}',
            f"see which channel has which: kafkastack info {self.charm}",
        )

    def folders(self) -> set[str]:
        """Return the folders that channels name beside the charm's own."""
        return {channel.folder for channel in self.channels.values() if channel.folder}

    def own(self) -> "Channels":
        """Return the channels of the charm's own folder: all that it is by itself."""
        own = {name: one for name, one in self.channels.items() if not one.folder}
        default = self.default if self.default in own else next(iter(own), "")
        return self._replace(default=default, channels=own)

    def joined(self, others: Mapping[str, "Channels"]) -> "Channels":
        """Return these channels with what the files of other folders say of theirs."""
        return self._replace(
            channels={
                name: self._of_folder(one, others[one.folder]) if one.folder else one
                for name, one in self.channels.items()
            }
        )

    def _of_folder(self, channel: Channel, there: "Channels") -> Channel:
        found = there.channels.get(channel.name)
        if found is None or found.folder:
            raise KafkastackError(
                f"{self.charm}/{CHANNELS} names {channel.folder} for {channel.name}, "
                f"and {channel.folder}/{CHANNELS} has no such channel"
            )
        return found._replace(folder=channel.folder)

    def _candidates(self, text: str) -> tuple[str, ...]:
        """Name the channels that a text may mean, best first."""
        track = self.default.partition("/")[0]
        if not text:
            return (self.default,)
        if text in _RISKS:
            return f"latest/{text}", f"{track}/{text}"
        return text, f"{text}/stable"


def parse_channels(text: str, charm: str) -> Channels:
    """Read a charm's channels.json: JSON, as a YAML reader is half of what `deploy` imports."""
    file = _read(text, charm)
    found = {name: _channel(name, node) for name, node in file.get("channels").map().items()}
    default = file.get("default").text()
    if default not in found:
        file.get("default").refuse("one of the channels")
    return Channels(charm, default, found)


def parse_options(text: str, charm: str, provider: str) -> dict[str, object]:
    """Return the defaults that options have on clouds of a provider, from a channels.json."""
    options = _read(text, charm).get("options").get(provider).map()
    return {name: value.value for name, value in options.items()}


def _read(text: str, charm: str) -> Node:
    name = f"{charm}/{CHANNELS}"
    try:
        return Node(json.loads(text), name)
    except (ValueError, RecursionError) as error:
        raise KafkastackError(f"{name} is not JSON: {error}") from None


def _channel(name: str, node: Node) -> Channel:
    if folder := node.get("charm").text():
        return Channel(name, 0, {}, folder)
    resources = {key: item.text() for key, item in node.get("resources").map().items()}
    return Channel(name, node.get("revision").integer(), resources)
