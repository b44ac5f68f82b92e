"""Weight of the journey's idle model: memory (PSS), and CPU over a minute."""

import argparse
import os
import sqlite3
import statistics
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import measure
from lab import Lab, lab, settled

KINDS = {  # words of a command line → what the process is; the first that fits
    "bin/java": "JVMs of the workloads",
    "kafkastack.controller": "controller with its agents",
    "system/supervisord.py": "supervisord",
    "zygote.py": "warm interpreters",
    "watcher.py": "watchers of the charms",
}
OF_THE_WORKLOAD = ("JVMs of the workloads", "other programs of the charms")
_UNCHANGED_SECONDS = 60.0
_FIRST_SECONDS = 600.0
UNITS = 5  # of the journey


def kind_of(pid: int) -> str:
    """Return what a process is."""
    line = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    return next((kind for word, kind in KINDS.items() if word in line), OF_THE_WORKLOAD[1])


def memory() -> tuple[Counter[str], Counter[str]]:
    """Return the PSS in MB and the number of processes of each kind."""
    sizes, numbers = Counter(), Counter()
    for pid in measure.descendants():
        with suppress(OSError):
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            sizes[kind_of(pid)] += int(text.split("\nPss:")[1].split()[0]) / 1024
            numbers[kind_of(pid)] += 1
    return sizes, numbers


def cpu() -> Counter[str]:
    """Return the CPU seconds of each kind, those of ended children included."""
    found = Counter()
    for pid in measure.descendants():
        with suppress(OSError):
            found[kind_of(pid)] += measure.own_seconds(pid)
    return found


def weigh(seconds: float) -> dict[str, object]:
    """Return one sample of memory, and of CPU over so many seconds."""
    before = cpu()
    time.sleep(seconds)
    spent = cpu()
    sizes, numbers = memory()
    ours = [kind for kind in sizes if kind not in OF_THE_WORKLOAD]
    return {
        "MB": {kind: round(size, 1) for kind, size in sizes.items()},
        "processes": dict(numbers),
        "% of a core": {
            kind: round(100 * (spent[kind] - before[kind]) / seconds, 2) for kind in sizes
        },
        "ours MB": sum(sizes[kind] for kind in ours),
        "ours % of a core": sum(100 * (spent[k] - before[k]) / seconds for k in ours),
    }


def wait_for_update_status(own: Lab) -> None:
    """Wait until each unit had one: ZooKeeper closes its plain port then, by a restart."""
    until = time.monotonic() + _FIRST_SECONDS
    query = "SELECT count(DISTINCT unit) FROM hooks WHERE hook='update-status'"
    with closing(sqlite3.connect(f"file:{own.database}?mode=ro", uri=True)) as database:
        while database.execute(query).fetchone()[0] < UNITS:
            if time.monotonic() > until:
                raise TimeoutError("no update-status")
            time.sleep(1)


def main() -> None:
    """Measure, and write results/weight.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    measure.adopt_orphans()
    with lab() as own:
        own.begin()
        own.deploy_journey()
        own.wait(settled)
        wait_for_update_status(own)
        time.sleep(_UNCHANGED_SECONDS)
        samples = [weigh(asked.seconds) for _ in range(asked.rounds)]
    percents = [sample["ours % of a core"] for sample in samples]
    result = {
        "ours MB": measure.spread([sample["ours MB"] for sample in samples]),
        # Five minutes hold one update-status of each unit: the mean is what the model costs.
        "ours % of a core": {"mean": statistics.mean(percents), **measure.spread(percents)},
        "samples": samples,
        "target": "ours: at most 200 MB and 1 % of a core",
    }
    measure.save("weight", result, load)


if __name__ == "__main__":
    main()
