"""Members of the quorum, and changes of membership that never lose the quorum itself.

Membership lives in ZooKeeper: a server joins and leaves by a conditional reconfiguration, so no
restart is needed and two units that act at once cannot overwrite each other. The first unit
starts as a quorum of one; every other unit starts with the members it knows and itself, follows
the leader as a non-voter, and adds itself when it serves. A newcomer can never form a majority
of its own: whatever it believes, the members ignore votes from outside their own view.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from kafkastack_charms.stages import Stage

Members = Mapping[int, str]

_SERVER = re.compile(r"^server\.([0-9]{1,9})=(.+):[0-9]+:[0-9]+(?::\w+)?(?:;.*)?$")


def server_id(unit_name: str) -> int:
    """Return the ZooKeeper id of a unit; ids begin with 1."""
    return int(unit_name.rsplit("/", 1)[1]) + 1


def format_members(members: Members) -> str:
    """Return the lines of a dynamic configuration file."""
    return "".join(f"{_line(sid, members[sid])}\n" for sid in sorted(members))


def _line(sid: int, address: str) -> str:
    host = f"[{address}]" if ":" in address else address
    return f"server.{sid}={host}:2888:3888:participant"


def parse_members(text: str) -> dict[int, str]:
    """Read the members from a dynamic configuration file or from /zookeeper/config."""
    matches = (_SERVER.match(line.strip()) for line in text.splitlines())
    return {int(m[1]): m[2].strip("[]") for m in matches if m}


def parse_version(text: str) -> int:
    """Read the version of a configuration, which a conditional change names."""
    match = re.search(r"^version=([0-9a-f]{1,16})$", text, re.MULTILINE)
    return int(match[1], 16) if match else -1


def may_join(sid: int, others: Mapping[int, bool], planned: int) -> bool:
    """Report whether a server may add itself: `others` says of each whether it is a member.

    A member proves itself to servers with smaller ids only if they are members, too (ZooKeeper
    3.8, QuorumCnxManager): one that is overtaken would never find the leader again.
    """
    is_complete = len(others) + 1 >= planned
    return is_complete and all(is_member for other, is_member in others.items() if other < sid)


def join(
    members: Members, me: tuple[int, str] | None, gone: Collection[int]
) -> dict[int, str] | None:
    """Return the members with a server and without the ones gone, None for no change."""
    stay = {sid: address for sid, address in members.items() if sid not in gone}
    wanted = {**stay, me[0]: me[1]} if me else stay
    return wanted if wanted != dict(members) else None


def leave(members: Members, gone: Iterable[int]) -> dict[int, str] | None:
    """Return the members without some servers, or None where nothing changes.

    The last server never leaves: an empty quorum cannot be written, and it takes its data along.
    """
    kept = {sid: address for sid, address in members.items() if sid not in set(gone)}
    return kept if kept and kept != dict(members) else None


def next_stage(mine: Stage, others: Iterable[Stage], encrypt: bool) -> Stage:
    """Return the stage this unit may run in now: one step, when everybody can follow it.

    A server alone has nobody to lose and goes all the way at once.
    """
    target = Stage.TLS if encrypt else Stage.PLAIN
    seen = set(others)
    if not seen or mine == target:
        return target
    step = Stage(mine + (1 if target > mine else -1))
    return step if seen <= {mine, step} else mine


def first_stage(others: Iterable[Stage]) -> Stage:
    """Return the stage in which a newcomer understands every member."""
    return max(others, default=Stage.PLAIN)


PLAIN_PORT, TLS_PORT = 2181, 2182
Ports = tuple[int, ...]


def next_ports(
    ports: Ports, encrypt: bool, may_close: bool, in_use: Collection[int] = ()
) -> Ports:
    """Return the client ports to serve: the new one beside the old one, until it may close.

    Kafka cannot stop in order without its ZooKeeper, so the port that its session uses stays
    open until every client has been told of the other one and had time to move, and until those
    have that tell it.
    """
    wanted = TLS_PORT if encrypt else PLAIN_PORT
    if wanted not in ports:
        return tuple(sorted((*ports, wanted)))
    kept = {wanted, *in_use} if may_close else set(ports)
    return tuple(port for port in ports if port in kept)
