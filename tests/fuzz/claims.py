"""Claims about every reader of untrusted input, whatever the input is."""

import resource
import shutil
import signal
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from kafkastack.errors import KafkastackError
from tests.fuzz.targets import Target

SECONDS = 5.0  # of its own processor time: another load of the host is no hang
GROWTH = 200 * 1024 * 1024


class HangError(BaseException):  # no reader may take it for a mistake of its own
    """A reader took longer than it may."""


def check(target: Target, made_up: Any) -> None:
    """Fail unless the reader ends soon, stays small, writes inside and raises only our errors."""
    folder = Path(tempfile.mkdtemp(prefix="kafkastack-fuzz-"))
    try:
        outside = folder / "outside"
        outside.write_text("untouched")
        with _bounded(), suppress(KafkastackError):
            target.read(made_up, folder)
        assert outside.read_text() == "untouched"
        assert {path.name for path in folder.iterdir()} <= {"outside", "inside", "x.charm"}
    finally:
        shutil.rmtree(folder)


@contextmanager
def _bounded() -> Generator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGVTALRM, _hang)
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + GROWTH, hard))
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _hang(_number: int, _frame: object) -> NoReturn:
    raise HangError(f"it took longer than {SECONDS} s")


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
