"""Programs that run beside a test, and end with it however it ends."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def running(words: Sequence[str], **how: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program; one that is still there in the end is killed, also when the test fails."""
    with subprocess.Popen(words, **how) as process:
        try:
            yield process
        finally:
            process.kill()
