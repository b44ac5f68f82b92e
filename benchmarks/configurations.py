"""Configurations that the options accept, tried on a live cluster: none may take a broker down.

Three nodes of ours get one generated set of options after another, each until nothing moves any
more; then all brokers must be there. What is refused leaves them as they are.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

import measure
from clusters import Ours
from hypothesis import HealthCheck, Phase, given, seed, settings
from lab import lab

from tests.charms.test_kafka_config import CHANGES

_SECONDS = 300.0
_SETTLED = {"active", "blocked"}  # who waits for its turn to restart has not tried them yet


class Trial:
    """A cluster that is given options."""

    def __init__(self, cluster: Ours) -> None:
        self._cluster = cluster
        self.rows: list[dict[str, Any]] = []

    def play(self, changed: Mapping[str, Any]) -> None:
        """Set options, wait, look, and set them back."""
        names = {name.replace(".", "-"): str(value) for name, value in changed.items()}
        try:
            self._cluster.own("config", "brokers", *(f"{k}={v}" for k, v in names.items()))
        except (
            RuntimeError,
            ValueError,
        ) as error:  # no value of its type, or no word for a program
            self._note(names, str(error).splitlines()[-1])
            return
        self._cluster.own("wait-idle", "--allow-blocked")
        known = {one.number for one in self._cluster.brokers}
        replicas = self._cluster.replicas
        measure.wait_until(lambda: known <= replicas.look().brokers, "all brokers", _SECONDS)
        measure.wait_until(lambda: self._statuses() <= _SETTLED, "the end of a roll", _SECONDS)
        self._note(names, *sorted(self._statuses()))
        self._cluster.own("config", "brokers", "--reset", ",".join(names))
        self._cluster.own("wait-idle")
        self._cluster.wait_until_whole()

    def _statuses(self) -> set[str]:
        units = self._cluster.own.status()["applications"]["brokers"]["units"].values()
        return {unit["workload-status"]["current"] for unit in units}

    def _note(self, names: Mapping[str, str], *outcome: str) -> None:
        self.rows.append({"options": dict(names), "outcome": outcome})
        print(self.rows[-1], file=sys.stderr, flush=True)


def main() -> None:
    """Try them, and write results/configurations.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=20)
    parser.add_argument("--seed", type=int, default=20)
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    with lab() as own:
        cluster = Ours(own)
        cluster.deploy()
        trial = Trial(cluster)
        few = settings(
            max_examples=asked.sets,
            database=None,
            deadline=None,
            phases=[Phase.generate],  # the first that fails is told as it is
            suppress_health_check=list(HealthCheck),
        )
        seed(asked.seed)(few(given(CHANGES)(trial.play)))()
    outcomes = Counter(word for row in trial.rows for word in row["outcome"])
    measure.save("configurations", {"outcomes": outcomes, "trials": trial.rows}, load)


if __name__ == "__main__":
    main()
