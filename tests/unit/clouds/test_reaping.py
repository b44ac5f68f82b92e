"""End of a service, which spares whoever was given the number of one of its processes."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kafkastack.clouds.local.programs import SCRIPT
from kafkastack.clouds.local.reaping import end_service, is_held, read_pid
from tests.fakes.programs import running
from tests.fakes.waiting import wait_until

_HOLD = "import fcntl, sys, time; fcntl.flock(9, fcntl.LOCK_EX); print(flush=True); time.sleep(99)"


@pytest.fixture
def stranger() -> Iterator["subprocess.Popen[bytes]"]:
    with running(["sleep", "1000"], start_new_session=True) as process:
        yield process


@pytest.fixture
def service(tmp_path: Path, stranger: "subprocess.Popen[bytes]") -> Iterator[Path]:
    """A service whose first process is gone; a child in a session of its own holds the lock."""
    (tmp_path / "pid").write_text(f"{stranger.pid}\n")
    (tmp_path / "program").touch()
    words = ["sh", "-c", 'exec 9>>"$1"; shift; exec "$@"', "sh", str(tmp_path / "lock")]
    with running(
        [*words, sys.executable, "-c", _HOLD], start_new_session=True, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline()
        yield tmp_path


def test_a_number_that_somebody_else_was_given_is_no_service_of_ours(
    service: Path, stranger: "subprocess.Popen[bytes]"
):
    assert is_held(service / "lock")
    assert read_pid(service) == 0
    asyncio.run(end_service(service, 0.1))
    assert not is_held(service / "lock")
    assert stranger.poll() is None


def test_nor_does_the_script_of_a_service_signal_it(
    service: Path, stranger: "subprocess.Popen[bytes]"
):
    (service / "run").write_text("exit 7\n")
    words = ["/bin/sh", str(SCRIPT), str(service), "0.1", "no"]
    with running(words, stdin=subprocess.DEVNULL) as script:
        wait_until((service / "script").exists)
        script.terminate()
        assert script.wait(30) == 0
    assert stranger.poll() is None


def test_who_holds_the_lock_is_known_by_his_number(service: Path):
    holder = next(_holders(service / "lock"))
    (service / "pid").write_text(f"{holder}\n")
    assert read_pid(service) == holder
    asyncio.run(end_service(service, 5))
    assert not is_held(service / "lock")


def _holders(lock: Path) -> Iterator[int]:
    for fd in Path("/proc").glob("[0-9]*/fd/9"):
        try:
            if fd.samefile(lock):
                yield int(fd.parts[2])
        except OSError:
            continue
