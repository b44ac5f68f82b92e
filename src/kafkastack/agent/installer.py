"""Installer of a charm on its machine: files, packages, hook tools, the agent's socket."""

import hashlib
import tempfile
from functools import partial
from pathlib import Path

from kafkastack.agent.interpreters import ZYGOTE
from kafkastack.agent.programs import run
from kafkastack.agent.pythons import FACTS, Python, python_of
from kafkastack.agent.site import Place, Site
from kafkastack.artifacts import charm_environment
from kafkastack.clouds.protocol import Machine
from kafkastack.hooktools.client import client_files
from kafkastack.model.records import Charm
from kafkastack.system import beneath
from kafkastack.system.tree_rules import OWN
from kafkastack.system.tree_writer import TreeWriter
from kafkastack.system.trees import write_all

_TOOLS = "tools"
# One process for all that is asked of the machine: starting one costs more than the answers.
_PREPARE = """\
"$1" -IS -c "$2" || exit
mkdir -p "$4" || exit
! command -v perl > /dev/null || echo perl
[ ! -d "$3" ] || echo installed
"""
# A venv made by hand: one interpreter of the machine, the packages by link. pip and
# activation scripts are not needed by a charm, and `python -m venv` costs 50 times as much.
_ASSEMBLE = """\
set -eu
cd "$1"
mkdir -p venv/bin "venv/lib/python$3"
printf 'home = %s\\ninclude-system-site-packages = false\\n' "${2%/*}" > venv/pyvenv.cfg
ln -sfn "$2" venv/bin/python
ln -sfn python venv/bin/python3
ln -sfn "$4" "venv/lib/python$3/site-packages"
"""
_UPDATE = 'set -eu; rm -rf "$1/packages"; cp -a "$1.new/." "$1/"; rm -rf "$1.new"'


async def install_charm(site: Site, place: Place, charm: Charm) -> None:
    """Put the charm on the machine; an installed one is updated in place, its state kept."""
    files = site.shelf.files(charm.digest)
    python, *facts = await _prepare(place)
    await _push_files(place, files, installed="installed" in facts)
    source = charm_environment.Charm(files, charm.digest)
    await _link_environment(site, place, source, python_of(place.machine.python, python))
    await _place_tools(place, perl="perl" in facts)


async def place_zygote(machine: Machine) -> str:
    """Put the interpreter's program on the machine and return its path there."""
    digest = hashlib.sha256(ZYGOTE.read_bytes()).hexdigest()[:12]
    return await machine.place(ZYGOTE, f"{machine.paths.agents}/zygote-{digest}.py")


async def _prepare(place: Place) -> list[str]:
    """Make the unit's folder; return what the machine's Python is, then facts."""
    words = ("prepare", place.machine.python, FACTS, place.charm, place.run)
    return (await run(place.machine, "sh", "-c", _PREPARE, *words)).decode().splitlines()


async def _place_tools(place: Place, *, perl: bool) -> None:
    """Put the hook tools on the machine, with those that its cloud answers itself."""
    files = client_files(place.machine.tools, perl=perl)
    with tempfile.TemporaryDirectory(prefix="kafkastack-tools-") as folder:
        with beneath.opened(Path(folder)) as top, TreeWriter(top, OWN) as writer:
            for name, content in files.items():
                if isinstance(content, str):
                    writer.link((_TOOLS, name), content)
                else:
                    writer.file((_TOOLS, name), partial(_fill, content), 0o755)
            writer.file((_TOOLS, "socket"), partial(_fill, place.socket.encode()))
        await place.machine.push(Path(folder, _TOOLS), place.tools)


def _fill(content: bytes, descriptor: int, _most: int) -> int:
    return write_all(descriptor, content)


async def _push_files(place: Place, files: Path, *, installed: bool) -> None:
    if not installed:
        await place.machine.push(files, place.charm)
        return
    await place.machine.push(files, f"{place.charm}.new")
    await run(place.machine, "sh", "-c", _UPDATE, "update", place.charm)


async def _link_environment(
    site: Site, place: Place, charm: charm_environment.Charm, python: Python
) -> None:
    packages, python = await _environment(site, place, charm, python)
    if packages is None:
        return
    if packages.parent == charm.files:  # a packed charm brings them
        packages_there = f"{place.charm}/{packages.name}"
    else:
        target = f"{place.machine.paths.agents}/environments/{packages.name}"
        packages_there = await place.machine.place(packages, target)
    await run(
        place.machine,
        *("sh", "-c", _ASSEMBLE, "assemble", place.charm, python.path),
        *(python.target.minor, packages_there),
    )


async def _environment(
    site: Site, place: Place, charm: charm_environment.Charm, python: Python
) -> tuple[Path | None, Python]:
    """Return the charm's packages, and the Python that they are for."""
    known = await charm_environment.known_environment(charm, python.target, site.cache)
    if known:
        return known, python
    # The readers of locks are an eighth of what a controller would import at its start.
    from kafkastack.agent.environments import provide

    return await provide(site, place, charm, python)
