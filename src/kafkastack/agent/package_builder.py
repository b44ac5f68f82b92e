"""Builder of a package from its source: on its charm's machine, as the user that hooks run as."""

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any, cast

import tomllib
from msgspec import Struct
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from kafkastack.agent.programs import base_environment, run
from kafkastack.agent.site import Place
from kafkastack.artifacts.source_builds import BuildFailedError, Requires
from kafkastack.artifacts.source_distributions import LARGEST
from kafkastack.clouds.protocol import Command, Process
from kafkastack.clouds.reading import copy_by_program
from kafkastack.errors import KafkastackError
from kafkastack.system import bounded
from kafkastack.system.programs import last_of

SCRIPT = Path(__file__).with_name("build_wheel.py")
_SECONDS = 600.0
_ANSWER = 1 << 21
_LAST_WORDS = 2000


class Backend(Struct, frozen=True):
    """What builds a source (PEP 517), and what that requires."""

    name: str = "setuptools.build_meta:__legacy__"
    requires: tuple[str, ...] = ("setuptools>=40.8", "wheel")
    path: tuple[str, ...] = ()


def read_backend(pyproject: str) -> Backend:
    """Return what the pyproject.toml of a source says of its build."""
    system: dict[str, Any] = tomllib.loads(pyproject).get("build-system", {})
    absent = Backend()
    return Backend(
        str(system.get("build-backend", absent.name)),
        tuple(map(str, system.get("requires", absent.requires))),
        tuple(map(str, system.get("backend-path", ()))),
    )


class PackageBuilder:
    """Builds for one unit, with a Python of its machine."""

    def __init__(self, place: Place, python: str) -> None:
        self._machine = place.machine
        self._python = python
        self._work = f"{Path(place.charm).parent}/build"

    async def build(self, source: Path, requires: Requires, target: Path) -> Path:
        """Build a source into the folder `target` and return the wheel."""
        await self._machine.remove(self._work)
        try:
            await run(self._machine, "mkdir", "-p", f"{self._work}/given")
            given = f"{self._work}/given/{source.name or 'source'}"
            await self._machine.push(source, given)
            told = await self._ask(source.name, "unpack", self._work, given)
            what = f"pyproject.toml of {source.name}"
            backend = await bounded.call(read_backend, str(told["pyproject"]), what=what)
            name = await self._wheel(source.name, backend, requires)
            wheel = target / _wheel_name(name, source.name)
            await self._fetch(wheel, source.name)
        finally:
            await self._machine.remove(self._work)
        return wheel

    async def _fetch(self, wheel: Path, package: str) -> None:
        """Copy what was built, as a program of the machine reads it: it is a stranger's file."""
        machine = self._machine
        there, paths = f"{self._work}/out/{wheel.name}", {"PATH": machine.path}
        try:
            await copy_by_program(machine.start, paths, there, LARGEST, wheel)
        except ConnectionError:  # the machine is away: nothing is said of the build
            raise
        except KafkastackError as error:
            raise _failed(package, error.message) from error

    async def _wheel(self, package: str, backend: Backend, requires: Requires) -> str:
        there = await self._place(await requires(backend.requires))
        words = (self._work, backend.name, there, *backend.path)
        more = await self._ask(package, "requires", *words)
        asked = cast(list[object], more) if isinstance(more, list) else []
        if missing := [text for text in map(str, asked) if text not in backend.requires]:
            await self._machine.remove(there)
            await self._place(await requires((*backend.requires, *missing)))
        return await self._ask(package, "wheel", *words)

    async def _place(self, folder: Path) -> str:
        there = f"{self._work}/requires"
        await self._machine.push(folder, there)
        return there

    async def _ask(self, package: str, verb: str, *words: str) -> Any:
        """Run the far end; what it says last is its answer."""
        digest = hashlib.sha256(SCRIPT.read_bytes()).hexdigest()[:12]
        script = f"{self._machine.paths.agents}/build-wheel-{digest}.py"
        script = await self._machine.place(SCRIPT, script)
        command = Command(
            (self._python, "-B", script, verb, *words),
            {**base_environment(self._machine), "PIP_NO_INDEX": "1"},
            "/",
        )
        process = await self._machine.start(command)
        try:
            async with asyncio.timeout(_SECONDS):
                output, errors, code = await _ended(process)
        except TimeoutError as error:
            raise _failed(package, f"it did not end within {_SECONDS:.0f} s") from error
        finally:
            process.kill()  # with what it has left behind
        if code:
            raise _failed(package, errors.strip() or f"exit code {code}")
        return _answer(output, package)


async def _ended(process: Process) -> tuple[bytes, str, int]:
    assert process.stdout and process.stderr  # noqa: S101  # started with pipes
    output, errors, code = await asyncio.gather(
        last_of(process.stdout, _ANSWER), last_of(process.stderr, _LAST_WORDS), process.wait()
    )
    return output, errors.decode(errors="replace"), code


def _answer(output: bytes, package: str) -> Any:
    lines = output.strip().splitlines()
    try:
        return json.loads(lines[-1])
    except (IndexError, ValueError, RecursionError) as error:
        raise _failed(package, "it ended without an answer") from error


def _wheel_name(name: object, package: str) -> str:
    try:
        parse_wheel_filename(str(name))
    except InvalidWheelFilename as error:
        raise _failed(package, f"it made no wheel: {str(name)[:200]}") from error
    return str(name)


def _failed(package: str, words: str) -> BuildFailedError:
    return BuildFailedError(
        f"{package} has no wheel, and its source cannot be built on the machine: {words}",
        "require a version that has a wheel, or pack the charm where it can be built "
        "(charmcraft pack) and deploy the .charm",
    )
