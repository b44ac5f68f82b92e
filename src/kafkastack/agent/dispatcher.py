"""How one hook, action or command is run: a process, its output, its end, a left-over one's."""

import asyncio
import os
import signal
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kafkastack.agent.interpreters import Dispatch, Interpreters
from kafkastack.agent.programs import run
from kafkastack.agent.site import Place
from kafkastack.clouds.protocol import Process
from kafkastack.errors import KafkastackError
from kafkastack.model.dispatch import python_path

OUTPUT_BYTES = 256 * 1024  # of stdout and of stderr; more is cut at the front
_LEFTOVER_SECONDS = 10.0
_SCRIPT = """\
cd "$1" || exit 1
exec >>"$2" 2>>"$3"
shift 3
exec "$@"
"""


@dataclass(frozen=True)
class Outcome:
    """How a dispatch ended; the code is negative for a signal, as in subprocess."""

    returncode: int
    stdout: str = ""
    stderr: str = ""


class Dispatcher:
    """Runs the programs of one unit, one after the other."""

    def __init__(self, place: Place, interpreters: Interpreters, pid_file: Path) -> None:
        self._place = place
        self._interpreters = interpreters
        self._pid_file = pid_file  # the process group that must be gone before another starts
        self._number = 0
        self.process: Process | None = None

    async def dispatch(self, env: Mapping[str, str], dispatch_text: str, program: str) -> Outcome:
        """Run a program of the charm; the text of its `dispatch` tells whether it may run warm."""
        charm = self._place.charm
        relative = python_path(dispatch_text)
        path = tuple(f"{charm}/{folder}" for folder in relative)
        return await self._run(env, (f"{charm}/{program}",), path)

    async def run_commands(self, env: Mapping[str, str], commands: str) -> Outcome:
        """Run a shell's commands in the charm's folder."""
        return await self._run(env, ("/bin/bash", "-c", commands), ())

    async def end_leftover(self) -> None:
        """End what an agent that was killed has left running, and wait until it is gone."""
        left = _read_leftover(self._pid_file)
        if left is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(left[0], signal.SIGKILL)
        async with asyncio.timeout(_LEFTOVER_SECONDS):
            while _start_time(left[0]) == left[1]:
                await asyncio.sleep(0.01)
        self._pid_file.unlink(missing_ok=True)

    async def _run(
        self, env: Mapping[str, str], argv: tuple[str, ...], path: tuple[str, ...]
    ) -> Outcome:
        await self.end_leftover()
        self._number += 1
        out, err = (f"{self._place.run}/{kind}.{self._number}" for kind in ("out", "err"))
        cold = ("/bin/sh", "-c", _SCRIPT, "dispatch", self._place.charm, out, err, *argv)
        dispatch = Dispatch(self._place.charm, cold, env, out, err, path)
        self.process = process = await self._interpreters.start(dispatch)
        _write_leftover(self._pid_file, process.pid)
        try:
            code = await process.wait()
        except ConnectionError:
            code = -signal.SIGKILL  # the warm interpreter was killed; its fork may live
            process.kill()
        except asyncio.CancelledError:
            process.kill()
            raise
        finally:
            self.process = None
        self._pid_file.unlink(missing_ok=True)
        texts = [await self._read(name) for name in (out, err)]
        await run(self._place.machine, "rm", "-f", out, err)
        return Outcome(code, *texts)

    async def _read(self, name: str) -> str:
        with tempfile.TemporaryDirectory(prefix="kafkastack-out-") as folder:
            target = Path(folder) / "output"
            try:
                await self._place.machine.pull(name, target)
            except (KafkastackError, OSError):
                return ""
            with target.open("rb") as stream:
                stream.seek(max(0, target.stat().st_size - OUTPUT_BYTES))
                return stream.read().decode(errors="replace")


def _start_time(pid: int) -> str:
    """Return when a process began, in the kernel's ticks; "" if it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def _read_leftover(path: Path) -> tuple[int, str] | None:
    with suppress(FileNotFoundError, ValueError):
        pid, started = path.read_text().split()
        if _start_time(int(pid)) == started:
            return int(pid), started
    return None


def _write_leftover(path: Path, pid: int) -> None:
    if started := _start_time(pid):
        path.write_text(f"{pid} {started}")
