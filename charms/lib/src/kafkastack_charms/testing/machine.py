"""Machine of a charm under test: systemctl and juju-exec first on PATH, as on a cloud."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

SYSTEMCTL = """#!/bin/sh
# Keeps `enabled` and `active` as files; runs the service for real where $RUN_SERVICES is set.
state={state}
echo "$*" >> "$state/calls"
verb=$1; shift
if [ "$verb" = show ]; then
    for name; do :; done
    cat "$state/$name.restarts" 2> /dev/null || echo 0
    exit
fi
[ "$1" = --now ] && shift
name=$(basename "$1")
end() {{
    [ -s "$state/$name.pid" ] || return
    pid=$(cat "$state/$name.pid")
    kill "$pid" 2> /dev/null
    while grep -qs '^State:.*[^Z] (' "/proc/$pid/status"; do sleep 0.02; done
    rm "$state/$name.pid"
}}
known() {{
    [ -e "$state/$name.file" ] && return
    echo "Failed to $verb unit: Unit file $name does not exist." >&2
    exit 1
}}
run() {{
    command=$(sed -n 's/^ExecStart=//p' "$(cat "$state/$name.file")")
    eval "setsid $command >> '$state/$name.log' 2>&1 < /dev/null &"
    echo $! > "$state/$name.pid"
}}
case $verb in
    enable) echo "$1" > "$state/$name.file" ;;
    restart) known; [ -z "$RUN_SERVICES" ] || {{ end; run; }}; touch "$state/$name.active" ;;
    is-active) [ -e "$state/$name.active" ] ;;
    disable) known; end; rm -f "$state/$name.active" "$state/$name.file" ;;
    *) echo "Unknown command verb $verb." >&2; exit 1 ;;
esac
"""
_SINCE = "2026-01-01T00:00:00Z"


@dataclass
class Machine:
    """Where the fake programs are and what they were asked."""

    folder: Path
    calls_file: Path = field(init=False)

    def __post_init__(self) -> None:
        (self.folder / "bin").mkdir(parents=True)
        (self.folder / "state").mkdir()
        self.calls_file = self.folder / "state" / "calls"
        self.program("systemctl", SYSTEMCTL.format(state=self.folder / "state"))
        self.intend({})
        self.program("juju-exec", f'#!/bin/sh\necho "$@" >> {self.folder}/state/told\n')

    @property
    def bin(self) -> Path:
        """The folder of its programs."""
        return self.folder / "bin"

    def hide(self, name: str) -> None:
        """Leave only this machine's own programs on PATH, and what its scripts need."""
        (self.bin / name).unlink(missing_ok=True)
        for tool in ("sh", "basename", "sed", "touch", "cat", "rm", "setsid", "grep", "sleep"):
            (self.bin / tool).symlink_to(shutil.which(tool) or tool)
        os.environ["PATH"] = str(self.bin)

    def program(self, name: str, text: str) -> None:
        """Make a program."""
        path = self.bin / name
        path.write_text(text)
        path.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        """What systemctl was asked."""
        return self.calls_file.read_text().splitlines() if self.calls_file.exists() else []

    def forget_calls(self) -> None:
        """Begin to count anew."""
        self.calls_file.unlink(missing_ok=True)

    @property
    def told(self) -> list[str]:
        """What juju-exec was asked."""
        path = self.folder / "state" / "told"
        return path.read_text().splitlines() if path.exists() else []

    def intend(self, units: dict[str, str]) -> None:
        """Have Juju tell the goals of units: their statuses, or "dying"."""
        goals = {unit: {"status": status, "since": _SINCE} for unit, status in units.items()}
        told = json.dumps({"units": goals, "relations": {}})
        self.program("goal-state", f"#!/bin/sh\necho '{told}'\n")

    def run(self, *words: str) -> None:
        """Type a command of systemctl that must succeed."""
        subprocess.run((self.bin / "systemctl", *words), check=True)

    def die(self, service: str) -> None:
        """Have a service that has ended by itself."""
        (self.folder / "state" / f"{service}.active").unlink()

    def exit_often(self, service: str, times: int) -> None:
        """Have a service that systemd has started again and again."""
        (self.folder / "state" / f"{service}.restarts").write_text(f"{times}\n")

    def log(self, service: str) -> str:
        """Return what a service has written."""
        return (self.folder / "state" / f"{service}.log").read_text()

    def pid(self, service: str) -> int:
        """Return the process of a service."""
        return int((self.folder / "state" / f"{service}.pid").read_text())

    def end(self) -> None:
        """End every service that still runs."""
        for path in (self.folder / "state").glob("*.pid"):
            with_pid = int(path.read_text())
            if _is_alive(with_pid):
                os.killpg(with_pid, signal.SIGKILL)


def _is_alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
