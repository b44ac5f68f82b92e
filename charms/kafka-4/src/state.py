"""Records of the peer relation: what a unit and the leader of Kafka 4 write besides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from kafkastack_charms import databag
from kafkastack_charms.peers import BrokenRecordError, flag

STORAGE = "data"


class Seat(NamedTuple):
    """One unit as a controller."""

    directory: str = ""  # of its metadata; empty until it is formatted
    votes: bool = False

    @classmethod
    def parse(cls, bag: Mapping[str, str]) -> Seat:
        """Read a unit databag; one that breaks the form has said nothing."""
        data = databag.read_own(bag, cls)
        return cls() if isinstance(data, databag.Refusal) else data

    def describe(self) -> dict[str, str]:
        """Write a unit databag; an empty value removes the key."""
        return {"directory": self.directory, "votes": flag(self.votes)}


class Kraft(NamedTuple):
    """What the leader keeps of the cluster in the app databag."""

    cluster_uuid: str = ""
    roles: str = ""  # that the units were formatted with
    bootstrap_unit: str = ""  # the controller that votes alone at first
    quorum: str = ""  # the first directory of the metadata, whoever keeps it
    nodes: tuple[int, ...] = ()  # servers that the controllers know, units or no more
    voteless: tuple[int, ...] = ()  # those of them without a unit that are known to have no vote
    users: bool = False  # the operator is there
    min_in_sync: int = 0  # what all brokers were told; 0 before they were
    encrypt: bool = False  # clients speak TLS

    @classmethod
    def parse(cls, bag: Mapping[str, str]) -> Kraft:
        """Read the app databag; raise BrokenRecordError, as what is not known is not replaced."""
        data = databag.read_own(bag, cls)
        if isinstance(data, databag.Refusal):
            raise BrokenRecordError(data.reason)
        return data

    def describe(self) -> dict[str, str]:
        """Write the app databag; an empty value removes the key."""
        return {
            "cluster-uuid": self.cluster_uuid,
            "roles": self.roles,
            "bootstrap-unit": self.bootstrap_unit,
            "quorum": self.quorum,
            "nodes": json.dumps(self.nodes) if self.nodes else "",
            "voteless": json.dumps(self.voteless) if self.voteless else "",
            "users": flag(self.users),
            "min-in-sync": str(self.min_in_sync or ""),
            "encrypt": flag(self.encrypt),
        }


class Controllers(NamedTuple):
    """How controllers are reached, whoever runs them."""

    servers: tuple[str, ...]  # host:port
    password: str
    ca: str
    are_rolling: bool = False  # those of another application: one of them has its turn
    quorum: str = ""  # which metadata they keep
