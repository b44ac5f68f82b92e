"""Records of the peer relation: what a unit and the leader of Kafka write besides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from kafkastack_charms import databag
from kafkastack_charms.peers import BrokenRecordError, Member, flag

CLIENTS, ZOOKEEPER, STORAGE = "kafka-client", "zookeeper", "data"
_NONE: Mapping[str, str] = MappingProxyType({})


class Peer(NamedTuple):
    """One unit, and whether clients find it."""

    unit: Member
    client_port: int = 0  # of related applications, 0 while it is closed

    @property
    def broker_id(self) -> int:
        """Its number in the cluster."""
        return self.unit.number

    @classmethod
    def parse(cls, unit: Member, bag: Mapping[str, str]) -> Peer:
        """Read a unit databag; one that breaks the form has said nothing."""
        data = databag.read(bag, _PeerData)
        if isinstance(data, databag.Refusal):
            return cls(Member(unit.name, fault=unit.fault or data.reason))
        return cls(unit, data.client_port)

    def describe(self) -> dict[str, str]:
        """Write a unit databag; an empty value removes the key."""
        return {"client-port": str(self.client_port or "")}


class _PeerData(NamedTuple):
    client_port: int = 0


class Connection(NamedTuple):
    """How the brokers reach ZooKeeper, as the leader has decided; empty before it has."""

    relation_id: int = -1
    hosts: tuple[str, ...] = ()
    chroot: str = ""
    encrypted: bool = False

    @property
    def connect(self) -> str:
        """The text of `zookeeper.connect`."""
        return ",".join(self.hosts) + self.chroot


class _AppData(NamedTuple):
    zookeeper: Connection | None = None
    encrypt: bool = False
    users: str = ""
    lagging_user: str = ""
    granted: dict[str, str] | None = None
    published: dict[str, str] | None = None


class App(NamedTuple):
    """What the leader keeps in the app databag."""

    connection: Connection = Connection()
    encrypt: bool = False
    users: str = ""  # whose internal users are in which ZooKeeper
    lagging_user: str = ""  # of brokers, which has the password before
    granted: Mapping[str, str] = _NONE  # user -> what it was given, if anything
    published: Mapping[str, str] = _NONE  # relation -> what it was told

    @classmethod
    def parse(cls, bag: Mapping[str, str]) -> App:
        """Read the app databag; raise BrokenRecordError, as what is not known is not replaced."""
        data = databag.read(bag, _AppData)
        if isinstance(data, databag.Refusal):
            raise BrokenRecordError(data.reason)
        return cls(
            connection=data.zookeeper or Connection(),
            encrypt=data.encrypt,
            users=data.users,
            lagging_user=data.lagging_user,
            granted=data.granted or _NONE,
            published=data.published or _NONE,
        )

    def describe(self) -> dict[str, str]:
        """Write the app databag."""
        known = self.connection._asdict()
        return {
            "zookeeper": json.dumps(known) if self.connection.hosts else "",
            "encrypt": flag(self.encrypt),
            "users": self.users,
            "lagging-user": self.lagging_user,
            "granted": json.dumps(self.granted, sort_keys=True) if self.granted else "",
            "published": json.dumps(self.published, sort_keys=True) if self.published else "",
        }

    def without_zookeeper(self) -> App:
        """Forget what was written into a ZooKeeper, but not for whom: it may be the next one."""
        granted = dict.fromkeys(self.granted, "")
        return self._replace(connection=Connection(), users="", granted=granted, published=_NONE)
