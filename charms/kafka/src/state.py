"""Records of the peer relation: what a unit and the leader of Kafka write besides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from kafkastack_charms import databag
from kafkastack_charms.peers import BrokenRecordError, Member, flag
from kafkastack_charms.stages import Stage, last_stage

ZOOKEEPER, STORAGE = "zookeeper", "data"


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


class _TransportData(NamedTuple):
    stage: int = 0
    session: str = ""


class Transport(NamedTuple):
    """How the broker of a unit talks, as the unit says."""

    unit: Member
    stage: Stage = Stage.PLAIN  # with other brokers and with clients
    session: str = ""  # with ZooKeeper: "plain" or "tls"

    @classmethod
    def parse(cls, unit: Member, bag: Mapping[str, str]) -> Transport:
        """Read a unit databag; one that breaks the form has said nothing."""
        data = databag.read_own(bag, _TransportData)
        if isinstance(data, databag.Refusal) or data.stage not in set(Stage):
            return cls(unit)
        return cls(unit, Stage(data.stage), data.session)

    def describe(self) -> dict[str, str]:
        """Write a unit databag; an empty value removes the key."""
        return {"stage": str(int(self.stage) or ""), "session": self.session}


class _AppData(NamedTuple):
    zookeeper: Connection | None = None
    encrypt: bool = False
    stage: int | None = None
    users: str = ""


class App(NamedTuple):
    """What the leader keeps in the app databag."""

    connection: Connection = Connection()
    encrypt: bool = False
    stage: Stage = Stage.PLAIN  # in which the brokers are to be: on the way to `encrypt`
    users: str = ""  # whose internal users are in which ZooKeeper

    @classmethod
    def parse(cls, bag: Mapping[str, str]) -> App:
        """Read the app databag; raise BrokenRecordError, as what is not known is not replaced."""
        data = databag.read_own(bag, _AppData)
        if isinstance(data, databag.Refusal):
            raise BrokenRecordError(data.reason)
        if data.stage not in {None, *Stage}:
            raise BrokenRecordError("stage is none")
        stage = last_stage(data.encrypt) if data.stage is None else Stage(data.stage)
        return cls(data.zookeeper or Connection(), data.encrypt, stage, data.users)

    def describe(self) -> dict[str, str]:
        """Write the app databag."""
        known = self.connection._asdict()
        is_on_the_way = self.stage is not last_stage(self.encrypt)
        return {
            "zookeeper": json.dumps(known) if self.connection.hosts else "",
            "encrypt": flag(self.encrypt),
            "stage": str(int(self.stage)) if is_on_the_way else "",
            "users": self.users,
        }

    def without_zookeeper(self) -> App:
        """Forget what was written into a ZooKeeper."""
        return self._replace(connection=Connection(), users="")
