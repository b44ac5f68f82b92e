"""A machine for a charm under test: systemctl, java and juju-exec first on PATH, as on a cloud."""

import os
import shutil
import signal
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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
        self.program("juju-exec", f'#!/bin/sh\necho "$@" >> {self.folder}/state/told\n')

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    def hide(self, name: str) -> None:
        """Leave only this machine's own programs on PATH, and what its scripts need."""
        (self.bin / name).unlink(missing_ok=True)
        for tool in ("sh", "basename", "sed", "touch", "cat", "rm", "setsid", "grep", "sleep"):
            (self.bin / tool).symlink_to(shutil.which(tool) or tool)
        os.environ["PATH"] = str(self.bin)

    def program(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(text)
        path.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        return self.calls_file.read_text().splitlines() if self.calls_file.exists() else []

    def forget_calls(self) -> None:
        self.calls_file.unlink(missing_ok=True)

    @property
    def told(self) -> list[str]:
        path = self.folder / "state" / "told"
        return path.read_text().splitlines() if path.exists() else []

    def run(self, *words: str) -> None:
        subprocess.run((self.bin / "systemctl", *words), check=True)

    def die(self, service: str) -> None:
        (self.folder / "state" / f"{service}.active").unlink()

    def exit_often(self, service: str, times: int) -> None:
        """Have a service that systemd has started again and again."""
        (self.folder / "state" / f"{service}.restarts").write_text(f"{times}\n")

    def log(self, service: str) -> str:
        return (self.folder / "state" / f"{service}.log").read_text()

    def pid(self, service: str) -> int:
        return int((self.folder / "state" / f"{service}.pid").read_text())

    def end(self) -> None:
        for path in (self.folder / "state").glob("*.pid"):
            with_pid = int(path.read_text())
            if _is_alive(with_pid):
                os.killpg(with_pid, signal.SIGKILL)


def _is_alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


ANSWER = "Zookeeper version: 3.8.4-abc, built on 2024\nMode: {mode}\nNode count: 5\n"


@contextmanager
def four_letter_words(address: str, port: int = 2181, answer: str = ANSWER.format(mode="leader")):
    """Answer `srvr` as a server would, for ever the same."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if self.request.recv(4):
                self.request.sendall(answer.encode())

    with serve_tcp(address, port, Handler):
        yield


@contextmanager
def serve_tcp(
    address: str, port: int, handler: type[socketserver.BaseRequestHandler]
) -> Iterator[None]:
    """Handle connections in threads."""

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

    with Server((address, port), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
