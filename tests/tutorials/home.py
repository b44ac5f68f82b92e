"""A home of its own for a walk, and what of it is left on this host."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kafkastack.artifacts.cache import cache_dir
from kafkastack.clouds.local.listeners import read_sockets
from kafkastack.tutorial.library import DEFAULT

ROOT = Path(__file__).parents[2]
SECONDS = 900


@dataclass(frozen=True)
class Home:
    """Folders of one walk; only the download cache is shared."""

    folder: Path
    tutorial: str = DEFAULT

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its commands."""
        mine = {
            "XDG_DATA_HOME": str(self.folder / "data"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "KAFKASTACK_CACHE": str(cache_dir()),
            "PYTHONPATH": str(ROOT / "src"),
        }
        unset = ("KAFKASTACK_DATA", "KAFKASTACK_GO_ON")
        return {k: v for k, v in os.environ.items() if k not in unset} | mine

    @property
    def work(self) -> Path:
        """Where the tutorial keeps its files."""
        return self.folder / "state/kafkastack/tutorials" / self.tutorial

    def start(self, *words: str, **more: object) -> subprocess.Popen[str]:
        """Start a command of kafkastack in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "kafkastack", *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            **more,
        )

    def run(self, *words: str, code: int = 0) -> str:
        """Run a command of kafkastack to its end; return all that it wrote."""
        process = self.start(*words)
        out, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == code, out
        return out

    def processes(self) -> dict[int, str]:
        """Return the living processes that belong to this home, with their command lines."""
        found = (path for path in Path("/proc").iterdir() if path.name.isdigit())
        lines = {int(path.name): self._describe(path) for path in found}
        return {pid: line for pid, line in lines.items() if line and pid != os.getpid()}

    def _describe(self, process: Path) -> str:
        """Return the command line of a process that knows this home, else ""."""
        try:
            line = (process / "cmdline").read_bytes()
            known = line + (process / "environ").read_bytes()
        except OSError:
            return ""
        mine = os.fsencode(self.folder) in known
        return line.replace(b"\0", b" ").decode(errors="replace").strip() if mine else ""

    def mounts(self) -> list[str]:
        """Return the mounts that name this home."""
        lines = Path("/proc/self/mounts").read_text().splitlines()
        return [line for line in lines if str(self.folder) in line]

    def files(self) -> list[Path]:
        """Return the files and folders that are left, but for the three folders themselves."""
        return [path for path in self.folder.rglob("*") if path.parent != self.folder]


def listeners(block: str) -> list[str]:
    """Return who listens in a block of addresses such as 127.83.12."""
    sockets = read_sockets()
    return [
        f"{s.address}:{s.port}" for s in sockets if s.listening and s.address.startswith(block)
    ]


@contextmanager
def made_home(tutorial: str = DEFAULT) -> Iterator[Home]:
    """Make a home with short paths, and remove what a failed test leaves in it."""
    folder = Path(tempfile.mkdtemp(prefix="ks-", dir="/tmp"))
    (folder / "run").mkdir(mode=0o700)
    home = Home(folder, tutorial)
    try:
        yield home
    finally:
        if (folder / "data/kafkastack").exists():
            home.start("tutorial", "remove").communicate(timeout=SECONDS)
        shutil.rmtree(folder, ignore_errors=True)
