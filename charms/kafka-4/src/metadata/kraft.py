"""KRaft: what a server needs for its controllers, who votes, and when one may go."""

from __future__ import annotations

import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import users
from kafkastack_charms import files
from kafkastack_charms import properties as java
from kafkastack_charms.kafka.controllers import Quorum, Replica
from kafkastack_charms.kafka.listeners import OF_CONTROLLERS, Listener
from state import Controllers

PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"
SERVERS = "controller.quorum.bootstrap.servers"
CONTROLLERS = "bootstrap.controllers"
LATE = 2000  # milliseconds that a node may be behind the active controller; it asks each 500
SILENT = 30_000  # the same after which it is no more: a name that is taken cannot be given back


class Voter(NamedTuple):
    """One controller, as far as its leaving matters."""

    name: str
    serves: bool


def new_cluster_id() -> str:
    """Return a random id that no program takes for an option."""
    while (text := urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return text


def properties(known: Controllers, listener: Listener, is_controller: bool) -> dict[str, str]:
    """Return the lines of server.properties that lead to the controllers, or make one."""
    admitted = f' user_{users.CONTROLLER}="{known.password}"' if is_controller else ""
    return {
        SERVERS: ",".join(known.servers),
        "controller.listener.names": listener.name,
        "sasl.mechanism.controller.protocol": OF_CONTROLLERS,
        f"{listener.prefix}.sasl.enabled.mechanisms": OF_CONTROLLERS,
        f"{listener.prefix}.{OF_CONTROLLERS.lower()}.sasl.jaas.config": _login(known, admitted),
    }


def client_properties(known: Controllers, truststore: Path) -> dict[str, str]:
    """Return how a program enters that is given --bootstrap-controller."""
    return {
        "sasl.jaas.config": _login(known),
        CONTROLLERS: ",".join(known.servers),
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": OF_CONTROLLERS,
        "ssl.truststore.location": str(truststore),
        "ssl.truststore.type": "PEM",
    }


def _login(known: Controllers, admitted: str = "") -> str:
    """Return a login at the controllers; a controller names whom it admits besides."""
    return f'{PLAIN} username="{users.CONTROLLER}" password="{known.password}"{admitted};'


def find_obstacle(voters: Iterable[Voter], unit: str) -> str:
    """Return why a controller should not be stopped now, "" where nothing is against it.

    One of two can never be stopped without the quorum; so it is not kept from it. Nor is one that
    does not serve: several would wait for each other.
    """
    voters = tuple(voters)
    needed = len(voters) // 2 + 1
    left = [one for one in voters if one.serves and one.name != unit]
    if Voter(unit, serves=True) not in voters or len(voters) <= 2 or len(left) >= needed:
        return ""
    return f"only {len(left)} other of {len(voters)} controllers work, {needed} are needed"


def _works(node: Replica, quorum: Quorum) -> bool:
    """Report whether a node has all of the metadata, or had it a moment ago."""
    return _now(quorum) - node.caught_up <= LATE


def _now(quorum: Quorum) -> int:
    """Return the time of the active controller, who asks itself just now."""
    return max((one.fetched for one in (*quorum.voters, *quorum.observers)), default=0)


def find_loss(quorum: Quorum, goes: Replica) -> str:
    """Return why the vote of a controller should not be taken now, "" where it may be.

    Those who stay have to agree to it, and to all that comes after.
    """
    stay = [one for one in quorum.voters if one != goes]
    if not stay:
        return "no other controller votes yet"
    late = [str(one.number) for one in stay if not _works(one, quorum)]
    if (working := len(stay) - len(late)) > len(stay) // 2:
        return ""
    return f"without {' and '.join(late)}, {working} of {len(stay)} controllers are no majority"


def goes_later(quorum: Quorum, number: int, stay: int) -> bool:
    """Report whether this is the active controller, and others leave that go before it.

    Each stop of the active one is an election: so of those who leave together, it is the last.
    """
    others = [one for one in quorum.voters if one.number != number and _works(one, quorum)]
    return quorum.leader == number and len(others) > stay


def find_silent(quorum: Quorum, nodes: Iterable[int], serving: Iterable[int]) -> frozenset[int]:
    """Return which of some servers ask for no metadata any more.

    Who has just become the active controller has yet to hear of anybody: so it is believed once
    it has heard of all that serve.
    """
    since = _now(quorum) - SILENT
    heard = {one.number for one in (*quorum.voters, *quorum.observers) if one.fetched >= since}
    return frozenset(nodes) - heard if heard.issuperset(serving) else frozenset()


def warn(voters: int) -> str:
    """Return what a person should know of a quorum of that size, "" where it is a good one."""
    if voters and voters % 2 == 0:
        return f"a quorum of {voters} controllers stands no more losses than one of {voters - 1}"
    return ""


def read_directory(folder: Path) -> str:
    """Return the id of a folder of data, "" before it is formatted."""
    return java.parse(files.read(folder / "meta.properties")).get("directory.id", "")


def read_cluster_id(folder: Path) -> str:
    """Return the id of the cluster that a folder of data belongs to, "" where it is of none."""
    return java.parse(files.read(folder / "meta.properties")).get("cluster.id", "")
