"""Service that keeps the client running: a unit file in the charm's folder, and systemctl."""

from __future__ import annotations

import sys
from pathlib import Path

from kafkastack_charms import systemd

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
        client = charm_dir / "src" / "client.py"
        self._text = UNIT_FILE.format(
            unit=unit,
            charm_dir=str(charm_dir).replace("%", "%%"),
            command=" ".join(systemd.word(str(path)) for path in (python, client, folder)),
        )

    def start(self) -> None:
        """Install the unit file and start the service, anew if it runs."""
        self._file.write_text(self._text)
        systemd.enable_and_restart(self._file)

    def stop(self) -> None:
        """Stop the service for good, if it was ever installed."""
        systemd.disable(self._file)

    def is_active(self) -> bool:
        """Report whether the client runs."""
        return self._file.exists() and systemd.is_active(self.name)
