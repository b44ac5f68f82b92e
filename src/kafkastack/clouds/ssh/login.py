"""Login to a machine: ssh's arguments, for its connection and for a terminal."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

# The far end reads itself from its stdin first: no copy of it lies on the machine.
_READ = (
    "import os;s=b''\nwhile len(s)<{0}:s+=os.read(0,{0}-len(s))\nexec(s,{{'__name__':'__main__'}})"
)


class Login(Struct, frozen=True):
    """Where a machine is, who we are there, and which key of its own it has shown first."""

    host: str
    user: str
    key: Path
    known_hosts: Path
    alias: str  # what its host key is kept under: an address may belong to another one later
    port: int = 22
    through: Sequence[str] = ()  # words before ssh, where the network of a machine is elsewhere

    def words(self, *options: str) -> tuple[str, ...]:
        """Return the words of ssh up to and with the host."""
        return (*self.through, "ssh", *self._options(), *options, f"{self.user}@{self.host}")

    def far_end(self, size: int, python: str) -> tuple[str, ...]:
        """Return the command that runs a program of `size` bytes, which it reads from stdin."""
        program = shlex.join([*self.as_root(), python, "-ISc", _READ.format(size)])
        return (*self.words("-T"), f"exec {program}")

    def terminal(self, argv: Sequence[str]) -> tuple[str, ...]:
        """Return the command that runs `argv` there, on a terminal if it is on one here."""
        terminal = ("-t", "-o", "LogLevel=QUIET")  # no farewell after each command
        return (*self.words(*terminal), shlex.join([*self.as_root(), *argv]))

    def as_root(self) -> tuple[str, ...]:
        """Return the words that make a command root's."""
        return () if self.user == "root" else ("sudo", "-n", "-H", "--")

    def _options(self) -> tuple[str, ...]:
        settings = {
            "BatchMode": "yes",
            "CheckHostIP": "no",
            "ConnectTimeout": "10",
            "ControlMaster": "no",
            "ControlPath": "none",
            "GlobalKnownHostsFile": "/dev/null",
            "GSSAPIAuthentication": "no",
            "HashKnownHosts": "no",
            "HostKeyAlias": self.alias,
            "IdentitiesOnly": "yes",
            "IdentityFile": str(self.key),
            "LogLevel": "ERROR",
            "PreferredAuthentications": "publickey",
            "ServerAliveCountMax": "3",
            "ServerAliveInterval": "10",
            "StrictHostKeyChecking": "accept-new",
            "UpdateHostKeys": "no",
            "UserKnownHostsFile": str(self.known_hosts),
        }
        pairs = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
        return ("-p", str(self.port), *pairs)
