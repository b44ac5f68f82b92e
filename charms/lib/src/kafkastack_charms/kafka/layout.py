"""Places of the files of a Kafka server on its machine."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from kafkastack_charms import tls


class Layout(NamedTuple):
    """Where the files of this server are."""

    charm: Path
    storages: tuple[Path, ...]

    @property
    def conf(self) -> Path:
        """The folder of the configuration, readable by the server only."""
        return self.storages[0] / "conf"

    @property
    def logs(self) -> Path:
        """The folder of what the server tells of itself."""
        return self.storages[0] / "logs"

    @property
    def data(self) -> tuple[Path, ...]:
        """The folders of the messages, one on each storage."""
        return tuple(storage / "data" for storage in self.storages)

    @property
    def bin(self) -> Path:
        """The folder of the programs."""
        return self.charm / "bin"

    @property
    def dynamic(self) -> Path:
        """A file with the names of settings that the cluster holds beside those of the file."""
        return self.charm / ".dynamic"

    @property
    def connected(self) -> Path:
        """A file with the places of the metadata that the server was started with."""
        return self.charm / ".connected"

    @property
    def server_properties(self) -> Path:
        """The configuration of the server."""
        return self.conf / "server.properties"

    @property
    def client_properties(self) -> Path:
        """How the first user enters."""
        return self.conf / "client.properties"

    @property
    def login(self) -> Path:
        """How the watcher enters a broker: a user and a password, a line each."""
        return self.conf / "broker.login"

    @property
    def certificates(self) -> tls.Layout:
        """The certificates of this unit."""
        return tls.Layout(self.conf)
