"""Services of a machine: linked, enabled, started, stopped, and their states."""

import asyncio
import contextlib
import os
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from kafkastack.clouds.local.layout import MachineFolder
from kafkastack.clouds.local.programs import render_program, render_run, render_section
from kafkastack.clouds.local.reaping import end_service, is_held, read_pid
from kafkastack.clouds.local.states import UnitState, decide_activity
from kafkastack.clouds.local.supervision import Program, Supervisor
from kafkastack.clouds.local.unit_files import (
    DEFAULT_STOP_SECONDS,
    MissingError,
    Unit,
    UnitError,
    cannot_be_done,
    parse_environment_file,
    parse_unit,
)
from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.system.reading import text_of

_START_SECONDS = 5.0
_STOP_MARGIN = 10.0
_HEAR_SECONDS = 2.0
_WANTS = "multi-user.target.wants"


class Surroundings(Struct, frozen=True):
    """What every service of a machine is started with."""

    environment: Mapping[str, str]
    prefix: Sequence[str]  # makes it the machine's user's
    uid: int  # of that user; 0 where there is no such prefix
    read: Callable[[str], Awaitable[bytes]]  # as the machine's user does


class Services:
    """The services of one machine."""

    def __init__(
        self, folder: MachineFolder, supervisor: Supervisor, surroundings: Surroundings
    ) -> None:
        self._folder = folder
        self._supervisor = supervisor
        self._surroundings = surroundings
        self._changing = defaultdict[str, asyncio.Lock](asyncio.Lock)

    @property
    def folder(self) -> Path:
        """The folder of links to unit files."""
        return self._folder.units

    async def link(self, path: Path) -> Path | None:
        """Make the unit file at `path` known; return the link unless it was there."""
        parse_unit(path.name, await self.text(path))
        return _make_link(self._folder.units / path.name, path)

    async def check(self, name: str) -> None:
        """Refuse a linked unit file that cannot be parsed."""
        parse_unit(name, await self.text(self._folder.units / name))

    def enable(self, name: str) -> Path | None:
        """Have the service started with the machine; return the link unless it was there."""
        return _make_link(self._folder.units / _WANTS / name, self._folder.units / name)

    async def text(self, path: Path) -> str:
        """Return the text of a file that a charm names; a linked unit is read where it is."""
        if path.parent == self.folder and path.is_symlink():
            path = path.readlink()
        try:
            return text_of(await self._surroundings.read(str(path)), path)
        except NotFoundError as error:
            raise MissingError(error.message) from None
        except KafkastackError as error:
            raise UnitError(error.message) from None

    def disable(self, name: str) -> tuple[Path, ...]:
        """Forget that it is enabled, and the link to it; return what was removed."""
        links = (self._folder.units / _WANTS / name, self._folder.units / name)
        removed = tuple(link for link in links if link.is_symlink())
        for link in removed:
            link.unlink()
        return removed

    def is_linked(self, name: str) -> bool:
        """Report whether there is a unit file of that name."""
        return (self._folder.units / name).exists()

    def is_loaded(self, name: str) -> bool:
        """Report whether `name` is known: by a unit file, or because it was started."""
        return self.is_linked(name) or self._program_file(name).exists()

    def output(self, name: str) -> Path:
        """Return the file to which the service writes."""
        return self._service(name) / "out.log"

    async def start(self, name: str) -> None:
        """Start the service as its unit file is now; fine if it runs."""
        async with self._changing[name]:
            await self._start(name)

    async def stop(self, name: str) -> None:
        """Stop the service, and return when it has ended; fine if it does not run."""
        async with self._changing[name]:
            await self._stop(name)

    async def restart(self, name: str) -> None:
        """Stop the service, wait until it has ended, start it."""
        async with self._changing[name]:
            await self._stop(name)
            await self._start(name)

    async def _start(self, name: str) -> None:
        if read_pid(self._service(name)):
            return
        await self._stop(name)  # one that waits for its next try
        await self._write(name)
        await self._supervisor.start(self._program(name))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_START_SECONDS):
                while (await self.state(name)).sub == "start":
                    await asyncio.sleep(0.02)

    async def _stop(self, name: str) -> None:
        service, program = self._service(name), self._program_file(name)
        if not program.exists() and not is_held(service / "lock"):
            return
        program.unlink(missing_ok=True)  # first: whoever starts supervisord must not start it
        await self._wait_until_it_hears(name)
        seconds = self._loaded(name).stop_seconds
        await self._supervisor.stop(self._program(name), seconds + _STOP_MARGIN)
        await end_service(service, seconds)

    async def _wait_until_it_hears(self, name: str) -> None:
        # A signal between supervisord's fork and exec is swallowed by its own handler, and the
        # service would be killed after all its seconds. The script says when it listens.
        program, script = self._program(name), self._service(name) / "script"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_HEAR_SECONDS):
                while (await self._supervisor.info(program)).pid not in (0, _read_number(script)):
                    await asyncio.sleep(0.005)

    async def state(self, name: str) -> UnitState:
        """Return the state of a service, of an unknown one, too."""
        service = self._service(name)
        wanted = self._program_file(name).exists()
        main_pid = read_pid(service)  # what lives needs no supervisord to say so
        asks = wanted and not main_pid
        info = await self._supervisor.info(self._program(name)) if asks else Program()
        unit = self._loaded(name)
        # A supervisord that was killed is started again within seconds, and this with it.
        supervised = info.statename or ("STARTING" if wanted else "")
        clean = info.exitstatus in unit.success_statuses
        activity = decide_activity(main_pid != 0, supervised, clean)
        return UnitState(
            name=name,
            load="loaded" if self.is_linked(name) else "not-found",
            activity=activity,
            file_state=self._file_state(name),
            path=str(self._folder.units / name) if self.is_linked(name) else "",
            description=unit.description or name,
            main_pid=main_pid,
            exit_status=0 if main_pid else info.exitstatus,
            restarts=max(0, _count_lines(service / "starts") - 1),
        )

    def names(self) -> tuple[str, ...]:
        """Return the services that were ever started; none of a machine that is half removed."""
        try:
            return tuple(sorted(path.name for path in self._folder.services.iterdir()))
        except FileNotFoundError:
            return ()

    def wanted(self) -> tuple[str, ...]:
        """Return the services that are to run."""
        return tuple(name for name in self.names() if self._program_file(name).exists())

    async def stop_all(self) -> None:
        """Stop every service, all at once."""
        await asyncio.gather(*(self.stop(name) for name in self.names()))

    async def start_enabled(self) -> None:
        """Start what starts with the machine."""
        wants = self._folder.units / _WANTS
        names = sorted(path.name for path in wants.iterdir()) if wants.exists() else []
        await asyncio.gather(*(self.start(name) for name in names))

    def _file_state(self, name: str) -> str:
        if not self.is_linked(name):
            return ""
        return "enabled" if (self._folder.units / _WANTS / name).exists() else "linked"

    async def _write(self, name: str) -> None:
        around = self._surroundings
        unit = parse_unit(name, await self.text(self._folder.units / name))
        environment = {**around.environment, **await self._environment_of(unit)}
        try:
            program = render_program(unit, environment, "/")
        except ValueError:
            raise cannot_be_done(name, f"ExecStart={unit.command}") from None
        await asyncio.to_thread(self._write_files, unit, program)

    def _write_files(self, unit: Unit, program: str) -> None:
        name, around = unit.name, self._surroundings
        service = self._service(name)
        _make_folder(service, 0o711 if around.uid else 0o700)
        for of_the_last_run in ("starts", "pid"):
            (service / of_the_last_run).unlink(missing_ok=True)
        # Root runs the one, the machine's user the other: who writes a unit writes that alone.
        run = render_run(unit, service / "program", around.prefix)
        _write_private(service / "run", run.encode())
        _write_private(service / "program", program.encode(), around.uid)
        _write_private(service / "unit.json", msgspec.json.encode(unit))
        section = render_section(self._program(name), unit, service)
        _write_private(self._program_file(name), section.encode())

    async def _environment_of(self, unit: Unit) -> dict[str, str]:
        environment = dict(unit.environment)
        for entry in unit.environment_files:
            path = Path(entry.removeprefix("-"))
            try:
                environment |= parse_environment_file(await self.text(path))
            except MissingError as error:
                if not entry.startswith("-"):
                    raise _not_started(unit, path, error.message) from None
            except UnitError as error:
                raise _not_started(unit, path, error.message) from None
            except ValueError:
                raise _not_started(unit, path, "not an assignment a line") from None
        return environment

    def _loaded(self, name: str) -> Unit:
        try:
            return msgspec.json.decode((self._service(name) / "unit.json").read_bytes(), type=Unit)
        except (OSError, msgspec.DecodeError):
            return Unit(name, stop_seconds=DEFAULT_STOP_SECONDS)

    def _service(self, name: str) -> Path:
        return self._folder.services / name

    def _program(self, name: str) -> str:
        return f"{self._folder.root.name}.{name}"

    def _program_file(self, name: str) -> Path:
        return self._supervisor.programs / f"{self._program(name)}.conf"


def _not_started(unit: Unit, path: Path, reason: str) -> UnitError:
    return UnitError(f"Failed to start {unit.name}: EnvironmentFile {path}: {reason}")


def _make_folder(path: Path, mode: int) -> None:
    path.mkdir(exist_ok=True)
    path.chmod(mode)


def _write_private(path: Path, data: bytes, uid: int = 0) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        if uid:
            os.fchown(file.fileno(), uid, uid)
    part.replace(path)


def _make_link(link: Path, target: Path) -> Path | None:
    if link.is_symlink() and link.readlink() == target:
        return None
    link.parent.mkdir(exist_ok=True)
    part = link.with_name(f".{link.name}.part")
    part.unlink(missing_ok=True)
    part.symlink_to(target)
    return part.replace(link)


def _read_number(path: Path) -> int:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return 0


def _count_lines(path: Path) -> int:
    return len(path.read_bytes().splitlines()) if path.exists() else 0
