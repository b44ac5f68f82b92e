"""Users of this host that machines' programs run as, where root runs the local cloud."""

import grp
import pwd
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from kafkastack.clouds.local.reaping import processes_of_user
from kafkastack.errors import PreflightError

NAME = "ubuntu"  # who a machine of Juju's belongs to
# systemd's UIDS-GIDS gives the first sixteen to nobody. A container that maps fewer has the
# others: they are for containers, so whether one is in use is asked.
_FIRST, _OTHERS = range(0x70, 0x80), range(0x3A, 0x1F, -1)
_MAPS = (Path("/proc/self/uid_map"), Path("/proc/self/gid_map"))
_PEOPLE = 1000  # nobody is above it, but lives nowhere
_SUBORDINATE = (Path("/etc/subuid"), Path("/etc/subgid"))


class Ids(Struct, frozen=True):
    """A range of user or group ids."""

    first: int
    count: int

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self.first <= number < self.first + self.count


class Taken(Struct, frozen=True):
    """What this host says of ids: which of them there are, and which are given to somebody."""

    mapped: tuple[tuple[Ids, ...], ...]  # of users, of groups
    given: tuple[Ids, ...] = ()  # to containers of users


def candidates(address: str, model_uuid: str) -> Iterator[int]:
    """Yield ids that only the machine of this address can have: no other has its address."""
    _, *parts = (int(part) for part in address.split("."))
    low = int.from_bytes(bytes(parts))
    start = int(model_uuid[-1], 16)
    for high in (*_FIRST[start:], *_FIRST[:start], *_OTHERS):
        yield high << 24 | low


def choose(ids: Iterable[int], taken: Taken, is_anybodys: Callable[[int], bool]) -> int:
    """Return the first id that exists here and is nobody's; PreflightError if none is."""
    there = [uid for uid in ids if all(_is_in(uid, ranges) for ranges in taken.mapped)]
    for uid in there:
        if not _is_in(uid, taken.given) and not is_anybodys(uid):
            return uid
    reason = "all that a machine could have are in use" if there else "this host has too few"
    raise PreflightError(
        f"the local cloud run by root needs a user id of its own for each machine: {reason}",
        "Run kafkastack as an ordinary user: runuser -u USER -- kafkastack …",
    )


def pick_uid(address: str, model_uuid: str) -> int:
    """Return the uid, which is the gid too, of the machine of an address."""
    return choose(candidates(address, model_uuid), read_taken(), is_anybodys)


def read_taken() -> Taken:
    """Read what this host says of ids."""
    mapped = tuple(tuple(parse_map(path.read_text())) for path in _MAPS)
    texts = [path.read_text() for path in _SUBORDINATE if path.exists()]
    return Taken(mapped, tuple(found for text in texts for found in parse_subordinate(text)))


def parse_map(text: str) -> Iterator[Ids]:
    """Parse /proc/PID/uid_map: the ids that there are in this user namespace."""
    for line in text.splitlines():
        first, _, count = (int(word) for word in line.split())
        yield Ids(first, count)


def parse_subordinate(text: str) -> Iterator[Ids]:
    """Parse /etc/subuid; what is no range is nobody's."""
    for found in re.finditer(r"^[^#:\n]+:(\d+):(\d+)$", text, re.MULTILINE):
        yield Ids(int(found[1]), int(found[2]))


def is_anybodys(uid: int) -> bool:
    """Report whether a user or a group has this id, or a process of this host runs as it."""
    with suppress(KeyError):
        pwd.getpwuid(uid)
        return True
    with suppress(KeyError):
        grp.getgrgid(uid)
        return True
    return any(processes_of_user(uid))


def _is_in(uid: int, ranges: Iterable[Ids]) -> bool:
    return any(uid in found for found in ranges)


def with_user(passwd: str, uid: int, home: Path) -> str:
    """Return a passwd in which the machine's user is; one of that name here is not there."""
    shown = str(home) if re.fullmatch(r"[^:\n]+", str(home)) else "/nonexistent"
    return _with_line(passwd, f"{NAME}:x:{uid}:{uid}:{NAME}:{shown}:/bin/bash")


def with_group(group: str, gid: int) -> str:
    """Return a group file in which the machine's group is."""
    return _with_line(group, f"{NAME}:x:{gid}:")


def _with_line(text: str, added: str) -> str:
    kept = [line for line in text.splitlines() if line and not line.startswith(f"{NAME}:")]
    return "\n".join([*kept, added, ""])


def other_homes() -> Iterator[Path]:
    """Yield the homes of people: of root and of those whom adduser makes."""
    for entry in pwd.getpwall():
        if entry.pw_uid == 0 or entry.pw_uid >= _PEOPLE:
            yield Path(entry.pw_dir)
