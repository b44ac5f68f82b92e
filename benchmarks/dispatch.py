"""Duration of a hook of an ops charm, in a fork of a warm interpreter and by fork and exec.

Two controllers with the same charm; each round sets an option five times on the one and then five
times on the other. The seconds are the agent's own record of each hook, all of its work included.
"""

import argparse
import os
import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import measure
from lab import Lab, lab, settled
from measure import Sample

CHARM = Path(__file__).with_name("charm")
HOOKS = 5  # a sample
_TIMEOUT = 60.0


class Unit:
    """One deployed charm, whose hooks can be asked for and waited for."""

    def __init__(self, own: Lab) -> None:
        self._own = own
        self._number = 0
        own.begin()
        own("deploy", str(CHARM), "bench")
        own.wait(settled)
        self._controller = measure.find_process("kafkastack.controller", str(own.root))
        self.hook()  # what is imported for the first time is no longer news after this

    def sample(self, samples: list[Sample]) -> None:
        """Append the mean of some hooks."""
        cpu = measure.tree_seconds(self._controller)
        walls = [self.hook() for _ in range(HOOKS)]
        cpu = measure.tree_seconds(self._controller) - cpu
        samples.append(Sample(statistics.mean(walls), cpu / HOOKS))

    def hook(self) -> float:
        """Let config-changed run; return its seconds."""
        before = len(self._seconds())
        self._number += 1
        self._own("config", "bench", f"n={self._number}")
        until = time.monotonic() + _TIMEOUT
        while len(found := self._seconds()) == before:
            if time.monotonic() > until:
                raise TimeoutError("no config-changed")
            time.sleep(0.02)
        return found[-1]

    def _seconds(self) -> list[float]:
        with closing(sqlite3.connect(f"file:{self._own.database}?mode=ro", uri=True)) as database:
            query = "SELECT seconds FROM hooks WHERE hook='config-changed' ORDER BY id"
            return [row[0] for row in database.execute(query)]


def main() -> None:
    """Measure, and write results/dispatch.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    load = os.getloadavg()[0]
    measure.adopt_orphans()
    with ExitStack() as stack:
        warm = Unit(stack.enter_context(lab()))
        cold = Unit(stack.enter_context(lab(KAFKASTACK_WARM_INTERPRETERS="0")))
        kinds: dict[str, Callable[[list[Sample]], None]] = {
            "fork+exec": cold.sample,
            "warm": warm.sample,
        }
        samples = measure.interleave(rounds, kinds)
    result = {
        **measure.summary(samples),
        "fork+exec to warm": measure.ratio(samples["fork+exec"], samples["warm"]),
        "target": "wall, fork+exec to warm: at least 5",
    }
    measure.save("dispatch", result, load)


if __name__ == "__main__":
    main()
