"""Dispatcher of one hook, action or command: its process, output and end; and left-overs."""

import asyncio
import signal
from collections.abc import Mapping

from msgspec import Struct

from kafkastack.agent.interpreters import Dispatch, Interpreters, WarmProcess
from kafkastack.agent.programs import capture, run
from kafkastack.agent.site import Place
from kafkastack.clouds.protocol import Process
from kafkastack.errors import KafkastackError
from kafkastack.model.dispatch import python_path

OUTPUT_BYTES = 256 * 1024  # of stdout and of stderr; more is cut at the front
_KILLED = (-signal.SIGKILL, -signal.SIGTERM)  # what its process group has left is ended, too
_SHELL_SIGNAL = 128  # what a shell adds to the number of a signal
# Whoever starts notes itself, before the charm's first line: an agent that is killed at any
# moment leaves a note of what it has left running. The start time tells a reused pid.
_SCRIPT = """\
cd "$1" || exit 1
read -r stat < /proc/$$/stat
started() { set -- ${stat##*) }; started=${20}; }
started
echo "$$ $started" > "$2" || exit 1
exec >>"$3" 2>>"$4"
shift 4
exec "$@"
"""
# What it has said is nobody's output any more: the numbers of an agent's dispatches begin anew.
_END_LEFTOVER = """\
[ "$2" != 0 ] || rm -f "${1%/*}"/out.* "${1%/*}"/err.*
[ -f "$1" ] && [ -r "$1" ] && read -r pid noted < "$1" || exit 0
[ "$pid" -gt 1 ] 2>/dev/null || exit 0 # a charm may write there what it likes: -1 is everybody
is_alive() {
    read -r stat 2>/dev/null < "/proc/$pid/stat" || return 1
    set -- ${stat##*) }
    [ "$1" != Z ] && [ "$1" != X ] && [ "${20}" = "$noted" ]
}
is_alive || exit 0
kill -s KILL -- "-$pid" || exit 0
while is_alive; do sleep 0.02; done
"""
_COLLECT = """\
[ ! -s "$1" ] || tail -c "$3" "$1"
[ ! -s "$2" ] || tail -c "$3" "$2" >&2
rm -f "$1" "$2"
"""


class Outcome(Struct, frozen=True):
    """How a dispatch ended; the code is negative for a signal, as in subprocess."""

    returncode: int
    stdout: str = ""
    stderr: str = ""
    lost: bool = False  # with the warm interpreter: nobody knows how it ended

    @property
    def terminated(self) -> bool:
        """Whether it may be nothing that the charm decided, so that a hook is run again."""
        return self.lost or self.returncode == -signal.SIGTERM

    @property
    def exit_status(self) -> int:
        """The code as a shell tells it."""
        return self.returncode if self.returncode >= 0 else _SHELL_SIGNAL - self.returncode

    @property
    def signal(self) -> str:
        """What ended it, where that was a signal: "SIGKILL (signal 9)"."""
        if self.returncode >= 0:
            return ""
        number = -self.returncode
        named = {member.value: member.name for member in signal.Signals}
        return f"{named[number]} (signal {number})" if number in named else f"signal {number}"


class Dispatcher:
    """Runs the programs of one unit, one after the other."""

    def __init__(self, place: Place, interpreters: Interpreters, *, is_first: bool) -> None:
        """`is_first`: nothing was ever run for this unit, so nothing is left running."""
        self._place = place
        self._interpreters = interpreters
        self._note = f"{place.run}/process"
        self._knows_of_none = is_first  # until it has looked for what an agent before left running
        self._number = 0
        self._process: Process | None = None

    async def dispatch(self, env: Mapping[str, str], dispatch_text: str, program: str) -> Outcome:
        """Run a program of the charm; the text of its `dispatch` tells whether it may run warm."""
        charm = self._place.charm
        relative = python_path(dispatch_text)
        path = tuple(f"{charm}/{folder}" for folder in relative)
        return await self._run(env, (f"{charm}/{program}",), path)

    async def run_commands(
        self, env: Mapping[str, str], commands: str, seconds: float = 0.0
    ) -> Outcome:
        """Run a shell's commands in the charm's folder, for at most so many seconds (0: any)."""
        return await self._run(env, ("/bin/bash", "-c", commands), (), seconds)

    def kill(self) -> None:
        """End what runs now."""
        if self._process:
            self._process.kill()

    async def end_leftover(self) -> None:
        """End what an agent that was killed has left running, and wait until it is gone."""
        if not self._knows_of_none:
            words = ("end", self._note, str(self._number))
            await run(self._place.machine, "sh", "-c", _END_LEFTOVER, *words)
            self._knows_of_none = True

    async def _run(
        self,
        env: Mapping[str, str],
        argv: tuple[str, ...],
        path: tuple[str, ...],
        seconds: float = 0.0,
    ) -> Outcome:
        await self.end_leftover()
        self._number += 1
        out, err = (f"{self._place.run}/{kind}.{self._number}" for kind in ("out", "err"))
        words = (self._place.charm, self._note, out, err, *argv)
        cold = ("/bin/sh", "-c", _SCRIPT, "dispatch", *words)
        files = (out, err, self._note, self._place.tools)
        dispatch = Dispatch(self._place.charm, cold, env, *files, path)
        self._knows_of_none = False
        self._process = process = await self._start(dispatch)
        try:
            code = await self._wait(process, seconds)
        finally:
            self._process = None
        told = process.output if isinstance(process, WarmProcess) else None
        output = told or await self._collect(out, err)
        return Outcome(-signal.SIGKILL if code is None else code, *output, lost=code is None)

    async def _start(self, dispatch: Dispatch) -> Process:
        try:
            return await self._interpreters.start(dispatch)
        except ConnectionError:
            await self.end_leftover()
            return await self._interpreters.start_cold(dispatch)

    async def _wait(self, process: Process, seconds: float) -> int | None:
        """Return the exit code, None if it is lost; who was killed has the whole group ended."""
        try:
            async with asyncio.timeout(seconds or None):
                code = await process.wait()
        except ConnectionError:
            await self.end_leftover()  # the warm interpreter was killed; its fork may live
            return None
        except TimeoutError:
            process.kill()
            return await process.wait()
        except asyncio.CancelledError:
            process.kill()
            raise
        if code in _KILLED:
            process.kill()
        self._knows_of_none = True
        return code

    async def _collect(self, out: str, err: str) -> tuple[str, str]:
        words = ("collect", out, err, str(OUTPUT_BYTES))
        try:
            texts = await capture(self._place.machine, "sh", "-c", _COLLECT, *words)
        except (KafkastackError, OSError):
            return "", ""
        return texts[0].decode(errors="replace"), texts[1].decode(errors="replace")
