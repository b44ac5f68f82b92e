"""Left-over of an earlier agent, told by a file that the charm may have written."""

import os
import subprocess
from pathlib import Path

import pytest

from kafkastack.agent import dispatcher
from tests.fakes.programs import running

SCRIPT = dispatcher._END_LEFTOVER  # pyright: ignore[reportPrivateUsage]
UNUSED = "1879050000"  # of the range for machines: whatever goes wrong here meets no process
MACHINE = ("setpriv", f"--reuid={UNUSED}", f"--regid={UNUSED}", "--clear-groups", "--")

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a signal could meet what is ours")


def end(note: Path) -> int:
    words = [*MACHINE, "sh", "-c", SCRIPT, "end", str(note), "1"]
    return subprocess.run(words, timeout=20, stderr=subprocess.DEVNULL).returncode


@pytest.fixture
def note(tmp_path: Path) -> Path:
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    return tmp_path / "process"


def test_a_pipe_in_its_place_keeps_nobody_waiting(note: Path):
    os.mkfifo(note, 0o644)
    note.chmod(0o644)
    assert end(note) == 0


@pytest.mark.parametrize("pid", ["{other}", "1", "-1", "self", "./{other}", ""])
def test_another_number_in_it_keeps_nobody_waiting(note: Path, pid: str):
    with running(["sleep", "1000"], start_new_session=True) as other:
        number = pid.format(other=other.pid)
        stat = Path("/proc", "1" if number == "1" else str(other.pid), "stat").read_text()
        note.write_text(f"{number} {stat.rpartition(')')[2].split()[19]}\n")
        assert end(note) == 0
        assert other.poll() is None
