"""Growth of settling time and `status` with the model: rings of applications of two units each.

Each application is integrated with the next. A ring of 10 and one of 50 settle in turn, each in a
controller of its own; on the large one `status` and a bare start of Python are timed in turn.
"""

import argparse
import os
import sys
from collections.abc import Callable
from functools import partial

import measure
from dispatch import CHARM
from lab import BINARY, PYTHON, Lab, lab, settled
from measure import Sample

UNITS = 2
SMALL, LARGE = 10, 50
STATUSES = 10  # a round
BARE = "python3 -c pass"


def build(own: Lab, size: int) -> None:
    """Deploy a ring, and wait until every unit of it is active and idle."""
    names = [f"app{number}" for number in range(size)]
    for name in names:
        own("deploy", str(CHARM), name, "-n", str(UNITS))
    for name, after in zip(names, [*names[1:], names[0]], strict=True):
        own("integrate", f"{name}:next", f"{after}:before")
    own.wait(partial(is_settled, size * UNITS))


def is_settled(units: int, status: dict) -> bool:
    """Report whether so many units have settled."""
    applications = status["applications"].values()
    return settled(status) and sum(len(a["units"]) for a in applications) == units


def settle(size: int, then: Callable[[Lab], None], samples: list[Sample]) -> None:
    """Take what a ring needs for one of its units."""
    with lab() as own:
        own.begin()
        whole: list[Sample] = []
        with measure.clock(whole):
            build(own, size)
        samples.append(Sample(whole[0].wall / size / UNITS, whole[0].cpu / size / UNITS))
        then(own)


def main() -> None:
    """Measure, and write results/ring.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    load = os.getloadavg()[0]
    measure.adopt_orphans()
    starts: dict[str, list[Sample]] = {"status of 100 units": [], BARE: []}

    def time_status(own: Lab) -> None:
        words = {
            "status of 100 units": (BINARY, "status", "--format", "json"),
            BARE: (PYTHON, "-c", "pass"),
        }
        for _ in range(STATUSES):
            for name, command in words.items():
                with measure.clock(starts[name]):
                    measure.run(command, own.environment)

    kinds = {
        f"{SMALL} applications": partial(settle, SMALL, lambda _: None),
        f"{LARGE} applications": partial(settle, LARGE, time_status),
    }
    samples = measure.interleave(rounds, kinds)
    small, large = (samples[name] for name in kinds)
    status, bare = starts.values()
    result = {
        **measure.summary({**samples, **starts}),
        "50 to 10": measure.ratio(large, small),
        f"status to {BARE}": measure.ratio(status, bare),
        "target": "a unit of 50 at most 1.5 of one of 10; status at most 6 bare starts",
    }
    measure.save("ring", result, load)


if __name__ == "__main__":
    sys.exit(main())
