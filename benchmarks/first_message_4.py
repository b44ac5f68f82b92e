"""Time from nothing to the first acknowledged message of Kafka 4, ours against by hand.

Ours begins at `bootstrap` with nothing running, and ends when a message sent with the credentials
of data-integrator is acknowledged. By hand the same is there in the end: storages formatted with a
SCRAM user in them, all nodes started at once with the flags of kafka-server-start.sh, ACLs.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import measure
from by_hand import BROKER, COMBINED, CONTROLLER, ensemble
from first_client import produce_first
from first_message import by_kafkastack
from lab import TOPIC, Lab, lab, options
from measure import Sample, clock

_CHANNEL = ("--channel", "4/stable")


class Shape(NamedTuple):
    """A cluster: what brings it to its first message, and the nodes that make it by hand."""

    ours: Callable[[list[Sample]], None]
    roles: Sequence[str]
    target: float  # of the ratio on the wall, at most


def deploy_single(own: Lab) -> None:
    """Deploy one unit that is broker and controller, and a user; wait for nothing."""
    own("deploy", "kafka", *_CHANNEL, *options("roles=broker,controller"))
    _deploy_user(own, "kafka")


def deploy_three_and_three(own: Lab) -> None:
    """Deploy three controllers and three brokers, and a user; wait for nothing."""
    for application, role in (("controllers", CONTROLLER), ("brokers", BROKER)):
        own("deploy", "kafka", application, *_CHANNEL, "-n", "3", *options(f"roles={role}"))
    own("integrate", "brokers:peer-cluster-orchestrator", "controllers:peer-cluster")
    _deploy_user(own, "brokers")


def _deploy_user(own: Lab, application: str) -> None:
    roles = "extra-user-roles=producer,consumer"
    own("deploy", "data-integrator", *options(f"topic-name={TOPIC}", roles))
    own("integrate", "data-integrator", application)


def start_one(samples: list[Sample]) -> None:
    """Type `kafka start`, take what it gives, produce."""
    with lab() as own, clock(samples):
        own("bootstrap", "local", "bench")  # named, so that it can be removed
        own("kafka", "start")
        text = own("kafka", "client-config", "--format", "librdkafka")
        produce_first(dict(line.split("=", 1) for line in text.splitlines()), TOPIC)


SHAPES = {
    "one node": Shape(partial(by_kafkastack, deploy_single), (COMBINED,), 1.0),
    "three and three": Shape(
        partial(by_kafkastack, deploy_three_and_three),
        (*[CONTROLLER] * 3, *[BROKER] * 3),
        1.2,
    ),
    "kafka start": Shape(start_one, (COMBINED,), 1.2),
}


def by_hand(roles: Sequence[str], samples: list[Sample]) -> None:
    """Format, start, produce."""
    with ensemble(roles) as nodes, clock(samples):
        nodes.format()
        nodes.start_all()
        produce_first(nodes.client, TOPIC)


def _measure(shape: Shape, rounds: int) -> dict[str, Any]:
    ways = {"kafkastack": shape.ours, "by hand": partial(by_hand, shape.roles)}
    samples = measure.interleave(rounds, ways)
    return {
        **measure.summary(samples),
        "to by hand": measure.ratio(samples["kafkastack"], samples["by hand"]),
        "target": f"wall: at most {shape.target}",
    }


def main() -> None:
    """Measure, and write results/first_message_4.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=SHAPES, default=SHAPES)
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    measure.adopt_orphans()
    found = {name: _measure(SHAPES[name], asked.rounds) for name in asked.only}
    measure.save("first_message_4", found, load)


if __name__ == "__main__":
    main()
