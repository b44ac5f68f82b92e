"""Login of a test over ssh."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.waiting import wait_until

_OPTIONS = (
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    "LogLevel=ERROR",
    "ConnectTimeout=5",
    "BatchMode=yes",
)


@dataclass(frozen=True)
class Login:
    """A user on a guest; `through` are words before ssh, such as those that enter a network."""

    user: str
    address: str
    key: Path
    port: int = 22
    through: Sequence[str] = ()

    def try_(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command on the guest."""
        options = [word for option in _OPTIONS for word in ("-o", option)]
        where = ["-i", str(self.key), "-p", str(self.port), f"{self.user}@{self.address}"]
        return subprocess.run(
            [*self.through, "ssh", *options, *where, command],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )

    def run(self, command: str) -> str:
        """Return what a command on the guest printed; it must end well."""
        done = self.try_(command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def wait(self, seconds: float) -> None:
        """Wait until one can log in."""
        wait_until(lambda: self.try_("true").returncode == 0, seconds, "a login")
