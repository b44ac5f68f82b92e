"""Which Python of a machine a charm runs on: the machine's own, else another that it allows."""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from kafkastack.agent.programs import run
from kafkastack.artifacts.charm_environment import Interpreter
from kafkastack.artifacts.package_client import bring_python
from kafkastack.artifacts.poetry_versions import allows
from kafkastack.artifacts.python_target import Target
from kafkastack.artifacts.wanted import PythonRange
from kafkastack.clouds.protocol import Machine
from kafkastack.errors import KafkastackError

FACTS = "import platform, sys; print(platform.python_version(), platform.machine())"
_MINORS = range(10, 20)  # what runs on a machine needs 3.10
_FETCHED = 2  # versions that uv is asked to bring, where none is there
# One process for all of them; the lowest that is allowed is the likeliest to have wheels.
_LIST = """\
code=$1; shift
for python; do
  found=$(command -v "$python") && facts=$("$found" -IS -c "$code" 2> /dev/null) &&
    echo "$found $facts"
done
:
"""


class Python(Struct, frozen=True):
    """An interpreter of a machine: its path there, and what it is."""

    path: str
    target: Target

    @property
    def interpreter(self) -> Interpreter:
        """The same as this host may have it: one of its version, wherever the machine is."""
        return Interpreter(self.target, self.target.minor)


def python_of(path: str, facts: str) -> Python:
    """Return an interpreter from what FACTS has printed."""
    version, machine = facts.split()
    return Python(path, Target(version.rstrip("+"), machine))


async def another_python(machine: Machine, ranges: Sequence[PythonRange], cache: Path) -> Python:
    """Return a Python of the machine that all allow: on its PATH, or one that uv has or brings."""
    constraints = [one.constraint for one in ranges]
    for python in await _pythons(machine, [f"python3.{minor}" for minor in _MINORS]):
        if all(allows(one, python.target.version) for one in constraints):
            return python
    for version in [f"3.{m}" for m in _MINORS if _may_fit(constraints, m)][:_FETCHED]:
        path = await bring_python(version, cache / "pythons")
        for python in await _pythons(machine, [path] if path else []):
            if all(allows(one, python.target.version) for one in constraints):
                return python
    raise _refusal(ranges)


def _may_fit(constraints: list[str], minor: int) -> bool:
    releases = (f"3.{minor}.{patch}" for patch in (0, 5, 99))
    return any(all(allows(one, release) for one in constraints) for release in releases)


def _refusal(ranges: Sequence[PythonRange]) -> KafkastackError:
    asked = dict.fromkeys(f"{one.who} needs Python {one.constraint}" for one in ranges)
    words = "; ".join(asked)
    return KafkastackError(
        f"there is no Python on the machine that the charm can run on: {words}",
        "install one there (apt, or uv python install), or use a base that has it",
    )


async def _pythons(machine: Machine, names: list[str]) -> list[Python]:
    if not names:
        return []
    out = await run(machine, "sh", "-c", _LIST, "pythons", FACTS, *names)
    rows = (line.split(None, 1) for line in out.decode().splitlines())
    return [python_of(path, facts) for path, facts in rows]
