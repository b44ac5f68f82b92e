"""Weight of an idle Kafka 4 of one node, engine included, against the bare one.

Memory is PSS. The bare one is formatted and started by hand with the same flags of the JVM, and
has had one message as well.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import measure
from by_hand import COMBINED, ensemble
from first_client import produce_first
from first_message_4 import deploy_single
from lab import TOPIC, lab, settled
from weight import memory

FLAGS = ("-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")
_TARGET = 1.25


@contextmanager
def ours() -> Iterator[None]:
    """Let a node of ours be there, with all that keeps it."""
    with lab() as own:
        own.begin()
        deploy_single(own)
        own.wait(settled)
        produce_first(own.client(), TOPIC)
        yield


@contextmanager
def by_hand() -> Iterator[None]:
    """Let a bare node be there."""
    with ensemble([COMBINED], flags=FLAGS) as nodes:
        nodes.format()
        nodes.start_all()
        produce_first(nodes.client, TOPIC)
        yield


def weigh(way: Callable[[], object], seconds: float) -> dict[str, float]:
    """Return the PSS in MB of each kind of process, after some seconds of idleness."""
    with way():
        time.sleep(seconds)
        sizes, _ = memory()
    return {kind: round(size, 1) for kind, size in sizes.items()}


def main() -> None:
    """Measure, and write results/idle.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    measure.adopt_orphans()
    ways = {"kafkastack": ours, "by hand": by_hand}
    rounds = [
        {name: weigh(way, asked.seconds) for name, way in ways.items()}
        for _ in range(asked.rounds)
    ]
    ratios = [sum(one["kafkastack"].values()) / sum(one["by hand"].values()) for one in rounds]
    found = {"ratio": measure.spread(ratios), "samples": rounds, "target": f"at most {_TARGET}"}
    measure.save("idle", found, load)


if __name__ == "__main__":
    main()
