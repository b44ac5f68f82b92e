"""How the client is kept running: a unit file in the charm's folder, and systemctl."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

UNIT_FILE = """\
[Unit]
Description=Kafka client of {unit}

[Service]
Type=exec
WorkingDirectory={charm_dir}
ExecStart={command}
Restart=on-failure
RestartSec=3
TimeoutStopSec=30

[Install]
WantedBy=multi-user.target
"""


class Service:
    """The service of one unit; two units on one machine have two names."""

    def __init__(self, unit: str, charm_dir: Path, folder: Path) -> None:
        self.name = f"{unit.replace('/', '-')}.service"
        self._file = charm_dir / self.name
        interpreter = charm_dir / "venv" / "bin" / "python"
        python = interpreter if interpreter.exists() else Path(sys.executable)
        self._text = UNIT_FILE.format(
            unit=unit,
            charm_dir=str(charm_dir).replace("%", "%%"),
            command=" ".join(map(quote, (python, charm_dir / "src" / "client.py", folder))),
        )

    def start(self) -> None:
        """Install the unit file and start the service, anew if it runs."""
        self._file.write_text(self._text)
        try:
            systemctl("enable", str(self._file))
        except RuntimeError:
            self._file.unlink()  # a file that stays is one that is enabled
            raise
        systemctl("restart", self.name)

    def stop(self) -> None:
        """Stop the service for good, if it was ever installed."""
        if not self._file.exists():
            return
        try:
            systemctl("disable", "--now", self.name)
        except RuntimeError:
            # An earlier hook may have been interrupted between this line and the last one.
            if self.is_active():
                raise
        self._file.unlink()

    def is_active(self) -> bool:
        """Tell whether the client runs."""
        return self._file.exists() and _run("is-active", self.name).returncode == 0


def quote(path: Path) -> str:
    """Return a path as one word of a unit file, whatever characters it has."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("%", "%%").replace("$", "$$") + '"'


def systemctl(*arguments: str) -> None:
    """Run systemctl; what it complains of is the error's text."""
    done = _run(*arguments)
    if done.returncode != 0:
        raise RuntimeError(f"systemctl {' '.join(arguments)}: {done.stderr.strip()}")


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemctl", *arguments], capture_output=True, text=True, check=False)
