"""Duration of `status --format json` of the journey's model, against a bare start of Python."""

import argparse
import os
import time
from collections.abc import Sequence

import measure
from lab import BINARY, PYTHON, Lab, lab, settled
from measure import Sample

CALLS = 5  # a sample


def measure_status(own: Lab, rounds: int) -> dict[str, object]:
    """Return the result for this kafkastack."""
    status = (BINARY, "status", "--format", "json")
    samples = measure.interleave(
        rounds,
        {
            "status": lambda rows: rows.append(_sample(own, status)),
            "python3 -c pass": lambda rows: rows.append(_sample(own, (PYTHON, "-c", "pass"))),
        },
    )
    return {
        **measure.summary(samples),
        "to python3 -c pass": measure.ratio(samples["status"], samples["python3 -c pass"]),
        "target": "wall, to python3 -c pass: at most 4",
    }


def _sample(own: Lab, words: Sequence[str]) -> Sample:
    """Return the mean of some calls; CPU of the command alone, for brokers idle beside it."""
    cpu, wall = measure.ended_seconds(), time.perf_counter()
    for _ in range(CALLS):
        measure.run(words, own.environment)
    wall, cpu = time.perf_counter() - wall, measure.ended_seconds() - cpu
    return Sample(wall / CALLS, cpu / CALLS)


def main() -> None:
    """Measure, and write results/status.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    load = os.getloadavg()[0]
    measure.adopt_orphans()
    with lab() as own:
        own.begin()
        own.deploy_journey()
        own.wait(settled)
        result = measure_status(own, rounds)
    measure.save("status", result, load)


if __name__ == "__main__":
    main()
