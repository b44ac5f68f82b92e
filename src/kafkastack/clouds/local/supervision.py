"""Supervision of services: one supervisord per controller, started when it does not answer."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from kafkastack.clouds.local import rpc
from kafkastack.errors import ControllerError
from kafkastack.system import files

_SUPERVISORD = Path(files.__file__).with_name("supervisord.py")  # not imported: it costs memory
_START_SECONDS = 20.0
_END_SECONDS = 30.0
_POLL_SECONDS = 0.03
_CONFIG = """\
[unix_http_server]
file = {socket}
chmod = 0600

[supervisord]
logfile = {folder}/supervisord.log
logfile_maxbytes = 1MB
logfile_backups = 1
pidfile = {folder}/supervisord.pid
childlogdir = {folder}
nodaemon = true
silent = true
umask = 077

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[include]
files = conf.d/*.conf
"""


class Program(Struct, frozen=True):
    """What supervisord tells of a program, under its own names."""

    statename: str = ""
    exitstatus: int = 0
    pid: int = 0


def render_config(folder: Path, socket: Path) -> str:
    """Render supervisord.conf; a percent sign would be an expansion, a space ends `files`."""
    escaped = str(folder).replace("%", "%%"), str(socket).replace("%", "%%")
    return _CONFIG.format(folder=escaped[0], socket=escaped[1])


class Supervisor:
    """The supervisord of this controller: `folder` holds its files, `socket` is short."""

    def __init__(self, folder: Path, socket: Path) -> None:
        self._folder = folder
        self._socket = socket
        self.programs = folder / "conf.d"
        self._launching = asyncio.Lock()
        self._changing = asyncio.Lock()

    async def ensure(self) -> None:
        """Start supervisord unless it answers; every program wanted comes up with it."""
        async with self._launching:
            if not await self.is_alive():
                self._launch()
                await self._wait_until_alive()

    def wanted(self) -> list[Path]:
        """Return the programs that are to run, as files of conf.d."""
        return list(self.programs.glob("*.conf"))

    async def is_alive(self) -> bool:
        """Report whether supervisord answers."""
        try:
            await rpc.call(self._socket, "getState", timeout=5)
        except OSError:  # a TimeoutError is one, too
            return False
        except rpc.Fault:  # it is shutting down
            return True
        return True

    async def start(self, program: str) -> None:
        """Start a program as its configuration now says; fine if it runs."""
        async with self._changing:
            await self._call("reloadConfig")
            await self._allow(rpc.ALREADY_ADDED, "addProcessGroup", program)
            await self._allow(rpc.ALREADY_STARTED, "startProcess", program, False)

    async def stop(self, program: str, seconds: float) -> None:
        """Stop a program, wait until it has ended, and forget it; fine if it is unknown.

        A supervisord that does not answer is not started for that: it could only start more.
        """
        with contextlib.suppress(OSError, rpc.Fault):  # a TimeoutError is an OSError
            # It is not asked to wait: it would turn in its loop until the program has ended.
            await rpc.call(self._socket, "stopProcess", program, False)
            async with asyncio.timeout(seconds):
                while (await self.info(program)).pid:
                    await asyncio.sleep(_POLL_SECONDS)
        with contextlib.suppress(OSError, rpc.Fault):
            await rpc.call(self._socket, "removeProcessGroup", program)

    async def info(self, program: str) -> Program:
        """Return what supervisord knows of a program; nothing when one of them is not there."""
        try:
            found = await rpc.call(self._socket, "getProcessInfo", program)
        except (OSError, rpc.Fault):
            return Program()
        return msgspec.convert(found, Program)

    async def shutdown(self) -> None:
        """End supervisord and all its programs, within seconds whatever they do."""
        async with self._changing:
            pid = self._read_pid()  # first: it removes the file a moment before it ends
            with contextlib.suppress(OSError, rpc.Fault):
                await rpc.call(self._socket, "shutdown", timeout=5)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_END_SECONDS):
                    while self._is_supervisord(pid):
                        await asyncio.sleep(_POLL_SECONDS)
            if self._is_supervisord(pid):
                os.kill(pid, signal.SIGKILL)

    async def _call(self, method: str, *arguments: object, timeout: float = 30) -> object:
        try:
            return await rpc.call(self._socket, method, *arguments, timeout=timeout)
        except (ConnectionError, FileNotFoundError, rpc.RpcError):
            await self.ensure()
            return await rpc.call(self._socket, method, *arguments, timeout=timeout)

    async def _allow(self, fault: int, method: str, *arguments: object) -> None:
        try:
            await self._call(method, *arguments)
        except rpc.Fault as error:
            if error.faultCode != fault:
                raise ControllerError(f"supervisord: {error.faultString}") from error

    def _launch(self) -> None:
        self.programs.mkdir(mode=0o700, parents=True, exist_ok=True)
        config = self._folder / "supervisord.conf"
        config.write_text(render_config(self._folder, self._socket))
        command = [sys.executable, "-I", str(_SUPERVISORD), "-c", str(config)]
        # A session of its own, and no child of ours: it outlives this controller. Nothing of the
        # caller's environment goes on to services.
        with (self._folder / "supervisord.err").open("wb") as errors:
            subprocess.run(
                ["setsid", "--fork", *command],
                env={"PATH": os.defpath, "LANG": "C.UTF-8"},
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                check=True,
            )

    async def _wait_until_alive(self) -> None:
        try:
            async with asyncio.timeout(_START_SECONDS):
                while not await self.is_alive():
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            said = (self._folder / "supervisord.err").read_text(errors="replace").strip()
            raise ControllerError(
                f"supervisord did not answer within {_START_SECONDS:.0f} s: {said[-500:]}",
                f"See {self._folder}/supervisord.log",
            ) from None

    def _read_pid(self) -> int:
        try:
            return int((self._folder / "supervisord.pid").read_text())
        except (OSError, ValueError):
            return 0

    def _is_supervisord(self, pid: int) -> bool:
        # A zombie has no command line, and a number that was given again has another.
        try:
            return str(self._folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
