"""Fuzzing of the readers of untrusted input, for minutes and with other input each time.

Each reader of `tests/fuzz/targets.py` has so many seconds in a process of its own, which a crash
ends alone. What fails is printed with how to see it again; the result is what was tried.
"""

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(ROOT / "charms/lib/src")]

import measure  # noqa: E402  # the tests are found now
from hypothesis import HealthCheck, given, seed, settings  # noqa: E402  # the tests are found now

from tests.fuzz.claims import GROWTH, SECONDS, check  # noqa: E402
from tests.fuzz.targets import TARGETS, Target  # noqa: E402

_AT_ONCE = settings(
    max_examples=200, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


def main(words: list[str]) -> int:
    """Give each reader its seconds, or one reader only; 1 if one of them failed."""
    if words[:1] == ["--one"]:
        return _fuzz(TARGETS[int(words[1])], float(words[2]), int(words[3]))
    seconds = float(words[0]) if words else 30.0
    load = os.getloadavg()[0]
    rows = [_in_process(number, target, seconds) for number, target in enumerate(TARGETS)]
    claims = {"seconds of CPU": SECONDS, "growth in MB": GROWTH // 2**20}
    measure.save("fuzz", {"seconds a reader": seconds, "claims": claims, "readers": rows}, load)
    return int(any(row["failed"] for row in rows))


def _in_process(number: int, target: Target, seconds: float) -> dict[str, Any]:
    first = random.randrange(2**32)
    argv = [sys.executable, __file__, "--one", str(number), str(seconds), str(first)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    tried = int(lines[-1]) if done.returncode == 0 else 0
    print(f"{target.name}: {tried or 'FAILED'}", flush=True)
    if done.returncode:
        print(f"again: {' '.join(argv)}\n{done.stderr[-4000:]}", flush=True)
    return {"reader": target.name, "tried": tried, "failed": done.returncode != 0}


def _fuzz(target: Target, seconds: float, first: int) -> int:
    tried, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:

        @seed(first + tried)
        @_AT_ONCE
        @given(target.made_up)
        def read(made_up: object) -> None:
            check(target, made_up)

        read()
        tried += _AT_ONCE.max_examples
    print(tried)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
