"""Lock file of a distribution: its jars with Maven coordinates, size and sha256."""

import re
from collections.abc import Iterable

from msgspec import Struct

from kafkastack.errors import KafkastackError

_LINE = re.compile(r"([0-9a-f]{64}) +([0-9]+) +([\w.-]+):([\w.-]+):([\w.-]+)", re.ASCII)


class LockedJar(Struct, frozen=True, order=True):
    """One jar: where Maven keeps it, and how its bytes are known."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str

    @property
    def coordinates(self) -> str:
        """The words by which Maven and jgo call it."""
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def file(self) -> str:
        """Its name in a `lib` folder."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def path(self) -> str:
        """Its place in a Maven repository."""
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}/{self.file}"


def parse_lock(text: str) -> tuple[LockedJar, ...]:
    """Return the jars of a lock file by file name; KafkastackError names a line that is wrong."""
    jars: dict[str, LockedJar] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise KafkastackError(f"line {number} of the lock file cannot be read: {line}")
        sha256, size, group, artifact, version = match.groups()
        jar = LockedJar(group, artifact, version, int(size), sha256)
        if jar.file in jars:
            raise KafkastackError(f"line {number} of the lock file repeats {jar.file}")
        jars[jar.file] = jar
    return tuple(jars[name] for name in sorted(jars))


def format_lock(distribution: str, jars: Iterable[LockedJar]) -> str:
    """Return the lock file of a distribution, one line a jar, in the order of coordinates."""
    head = f"# Made by: python -m kafkastack.artifacts.lock {distribution}\n"
    return head + "".join(f"{j.sha256} {j.size:>8} {j.coordinates}\n" for j in sorted(jars))
