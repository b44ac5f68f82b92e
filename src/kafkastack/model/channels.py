"""Which revisions and resources a channel of one of our own charms means."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.model.yaml_file import Node

_RISKS = ("stable", "candidate", "beta", "edge")


class Channel(NamedTuple):
    """One channel: the charm's revision and its resources, name → artifact."""

    name: str
    revision: int
    resources: dict[str, str]


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

    def of_revision(self, revision: int, text: str = "") -> Channel:
        """Return a channel that has this revision: the one asked for, else the default first."""
        wanted = self.resolve(text)
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
    name = f"{charm}/channels.json"
    try:
        file = Node(json.loads(text), name)
    except (ValueError, RecursionError) as error:
        raise KafkastackError(f"{name} is not JSON: {error}") from None
    found = {name: _channel(name, node) for name, node in file.get("channels").map().items()}
    default = file.get("default").text()
    if default not in found:
        file.get("default").refuse("one of the channels")
    return Channels(charm, default, found)


def _channel(name: str, node: Node) -> Channel:
    resources = {key: item.text() for key, item in node.get("resources").map().items()}
    return Channel(name, node.get("revision").integer(), resources)
