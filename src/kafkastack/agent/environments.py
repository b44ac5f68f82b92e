"""Provision of packages that a charm still lacks, for a Python of its machine that it allows."""

from collections.abc import Sequence
from pathlib import Path

from kafkastack.agent.package_builder import PackageBuilder
from kafkastack.agent.programs import run
from kafkastack.agent.pythons import FACTS, Python, python_of
from kafkastack.agent.site import Place, Site
from kafkastack.artifacts.charm_environment import Charm
from kafkastack.artifacts.environment_builds import provide_environment
from kafkastack.artifacts.package_client import OtherPythonError, bring_python, host_python
from kafkastack.artifacts.poetry_versions import allows
from kafkastack.artifacts.wanted import PythonRange
from kafkastack.clouds.protocol import Machine
from kafkastack.errors import KafkastackError

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


async def provide(
    site: Site, place: Place, charm: Charm, python: Python
) -> tuple[Path | None, Python]:
    """Return the folder of a charm's packages, None if it wants none, and their Python."""
    try:
        return await _provide(site, place, charm, python), python
    except OtherPythonError as error:
        python = await another_python(place.machine, error.ranges, site.cache)
    return await _provide(site, place, charm, python), python


async def _provide(site: Site, place: Place, charm: Charm, python: Python) -> Path | None:
    build = PackageBuilder(place, python.path).build
    return await provide_environment(charm, python.interpreter, site.cache, build)


async def another_python(machine: Machine, ranges: Sequence[PythonRange], cache: Path) -> Python:
    """Return a Python of the machine that all allow: on its PATH, or that uv finds or brings."""
    constraints = [one.constraint for one in ranges]
    for python in await _pythons(machine, [f"python3.{minor}" for minor in _MINORS]):
        if all(allows(one, python.target.version) for one in constraints):
            return python
    for version in [f"3.{m}" for m in _MINORS if _may_fit(constraints, m)][:_FETCHED]:
        for provide_one in (host_python, bring_python):
            path = await _placed(machine, await provide_one(version, cache / "pythons"), cache)
            for python in await _pythons(machine, [path] if path else []):
                if all(allows(one, python.target.version) for one in constraints):
                    return python
    raise _refusal(ranges)


async def _placed(machine: Machine, path: str, cache: Path) -> str:
    """Return where a Python of this host is on the machine: one that uv has made can be copied."""
    folder, python = (cache / "pythons").resolve(), Path(path).resolve()
    if not path or not python.is_relative_to(folder):
        return path
    whole, *inside = python.relative_to(folder).parts
    there = await machine.place(folder / whole, f"{machine.paths.agents}/{whole}")
    return "/".join((there, *inside))


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
