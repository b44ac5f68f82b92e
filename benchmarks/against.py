"""Cost of this checkout beside another one: the first message, and a hook of each charm.

Each round runs the same journey in both, one after the other, each with a cache of its own; the
other checkout needs `.venv` as `test.sh` makes it there. A hook is `update-status`, raised with
everything active as a charm's watcher raises an event, by `juju-exec`: the seconds are the agent's
own record, the CPU is of all that is asked for it.
"""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import measure
from measure import Sample

HERE = Path(__file__).parent.parent
HOOKS = 8  # of each charm in a round
CHARMS = ("zookeeper", "kafka", "data-integrator")
_JOURNEY = "import against; against.journey()"


def journey() -> None:
    """Run once in this checkout, and print the samples; run with its own Python."""
    from first_client import produce_first
    from lab import TOPIC, lab

    measure.adopt_orphans()
    rows: dict[str, list[Sample]] = {"first message": []}
    with lab() as own:
        with measure.clock(rows["first message"]):
            own.begin()
            own.deploy_kafka()
            own.wait_for("data-integrator")
            produce_first(own.client(), TOPIC)
        for charm in CHARMS:
            unit = f"{charm}/0"
            answer = own("exec", "--unit", unit, "--format", "json", "echo $CHARM_DIR")
            folder = json.loads(answer)[unit]["results"]["stdout"].strip()
            event = f"JUJU_DISPATCH_PATH=hooks/update-status {folder}/dispatch"
            with measure.clock(spent := []):
                for _ in range(HOOKS):
                    own("ssh", unit, f"juju-exec {unit} '{event}'")
            with closing(sqlite3.connect(f"file:{own.database}?mode=ro", uri=True)) as database:
                query = "SELECT seconds FROM hooks WHERE unit=? ORDER BY id DESC LIMIT ?"
                seconds = [row[0] for row in database.execute(query, (unit, HOOKS))]
            cpu = spent[0].cpu / HOOKS
            rows[f"hook of {charm}"] = [Sample(statistics.median(seconds), cpu)]
    print(json.dumps({name: [one[0].wall, one[0].cpu] for name, one in rows.items()}))


def _run(checkout: Path, cache: Path) -> dict[str, Sample]:
    paths = (str(Path(__file__).parent), str(checkout / "benchmarks"))
    done = subprocess.run(
        [checkout / ".venv/bin/python", "-c", f"import sys; sys.path[:0]={paths}; {_JOURNEY}"],
        env={**os.environ, "KAFKASTACK_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=True,
        cwd=checkout,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    return {name: Sample(*values) for name, values in found.items()}


def main() -> None:
    """Measure, and write results/against.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path, help="another checkout")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    other, load = arguments.other.absolute(), os.getloadavg()[0]
    commit = ["git", "rev-parse", "--short", "HEAD"]
    samples: dict[str, dict[str, list[Sample]]] = {"this": {}, "other": {}}
    with tempfile.TemporaryDirectory(prefix="ksb-cache-") as caches:
        for number in range(-1, arguments.rounds):  # the first fills the caches
            for name, checkout in (("this", HERE), ("other", other)):
                for kind, sample in _run(checkout, Path(caches, name)).items():
                    if number >= 0:
                        samples[name].setdefault(kind, []).append(sample)
            print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr, flush=True)
    result = {
        "other": subprocess.check_output(commit, cwd=other, text=True).strip(),
        **{
            kind: measure.ratio(samples["this"][kind], samples["other"][kind])
            for kind in samples["this"]
        },
    }
    measure.save("against", result, load)


if __name__ == "__main__":
    main()
