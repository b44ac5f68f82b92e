"""Leftovers of many models: made, settled and destroyed one after the other.

Without `--kill` the memory after all of them is compared with that after half of them, and what
is left of files, descriptors and processes is counted. With `--kill N` the controller is ended by
SIGKILL at N random moments meanwhile, and each model is asked what became of its hooks.
"""

import argparse
import json
import os
import random
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from itertools import groupby
from pathlib import Path

import measure
from lab import Lab, lab

CHARM = Path(__file__).with_name("careful")
UNITS = 2
EXPECTED = {
    *("install", "peer-relation-created", "config-changed", "start"),
    *("peer-relation-joined", "peer-relation-changed"),
}
_PAUSES = (0.05, 0.8)  # seconds between two kills
_TRIES = 50


class Killer:
    """Ends the controller at random moments, so many times."""

    def __init__(self, own: Lab, kills: int, seed: int) -> None:
        self._own, self._left, self._dice = own, kills, random.Random(seed)
        self.done = 0

    @property
    def is_over(self) -> bool:
        """Whether it has killed as often as it should."""
        return self.done >= self._left

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Kill while the block runs."""
        enough = threading.Event()
        thread = threading.Thread(target=self._kill, args=(enough,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            enough.set()
            thread.join()

    def _kill(self, enough: threading.Event) -> None:
        while not self.is_over and not enough.wait(self._dice.uniform(*_PAUSES)):
            with suppress(LookupError, ProcessLookupError):
                os.kill(controller(self._own), signal.SIGKILL)
                self.done += 1


def controller(own: Lab) -> int:
    """Return the process of the controller."""
    return measure.find_process("kafkastack.controller", str(own.root))


def insist(own: Lab, *words: str, already: str = "") -> None:
    """Give a command until it is carried out, whoever ends the controller meanwhile."""
    for _ in range(_TRIES):
        try:
            own(*words)
        except RuntimeError as error:
            if already and already in str(error):
                return
            last = error
        else:
            return
    raise last


def live(own: Lab, name: str, killer: Killer | None) -> list[str]:
    """Make a model, let it settle, destroy it; return what should not have been."""
    with killer.at_work() if killer else nullcontext():
        insist(own, "add-model", name, already="already exists")
        target = ("-m", f"bench:{name}")
        words = ("deploy", *target, str(CHARM), "one", "-n", str(UNITS))
        insist(own, *words, already="already exists")
        wait_until_settled(own, name)
    faults = find_faults(own, name)
    with killer.at_work() if killer else nullcontext():
        destroy = ("destroy-model", name, "--no-prompt", "--force", "--no-wait")
        insist(own, *destroy, already="not found")
    return faults


def wait_until_settled(own: Lab, name: str) -> None:
    """Poll status until every unit is idle."""
    until = time.monotonic() + 120
    while True:
        with suppress(Exception):  # the controller was killed: the next call starts it
            status = own.status(name)
            units = status["applications"]["one"]["units"].values()
            if len(units) == UNITS and all(u["juju-status"]["current"] == "idle" for u in units):
                return
        if time.monotonic() > until:
            raise TimeoutError(name)
        time.sleep(0.02)


def find_faults(own: Lab, name: str) -> list[str]:
    """Return what is wrong with the hooks of the units of the only model there is."""
    faults = []
    for number in range(UNITS):
        unit = f"one/{number}"
        (home,) = own.database.parent.glob(f"machines/*-{number}/home")
        with suppress(FileNotFoundError):
            faults += (home / "complaints").read_text().splitlines()
        begun = [hook for hook, _ in groupby((home / "hooks").read_text().split())]
        recorded = read_records(own, unit)
        text = own("exec", "-m", f"bench:{name}", "--unit", unit, "--", "state-get --format=json")
        counts = json.loads(text.splitlines()[0])
        faults += compare(begun, recorded, {int(count) for count in counts.values()})
    return [f"{name}: {fault}" for fault in faults]


def compare(begun: Sequence[str], recorded: Sequence[str], counts: set[int]) -> list[str]:
    """Compare the hooks that began, those recorded as done, and what they have committed."""
    faults = []
    once = [hook for hook, _ in groupby(recorded)]  # news of a peer may come in turns
    if begun != once:  # one that ran to its end just before a kill began again
        faults.append(f"began {begun}, recorded {recorded}")
    if len(set(once)) != len(once):
        faults.append(f"recorded twice: {recorded}")
    if not set(recorded) >= EXPECTED:
        faults.append(f"forgotten: {sorted(EXPECTED - set(recorded))}")
    if counts != {len(recorded)}:
        faults.append(f"{len(recorded)} are recorded, {counts} committed")
    return faults


def read_records(own: Lab, unit: str) -> list[str]:
    """Return the hooks of a unit that the controller has recorded as done, in order."""
    query = "SELECT hook FROM hooks WHERE unit=? AND returncode=0 ORDER BY id"
    with closing(sqlite3.connect(f"file:{own.database}?mode=ro", uri=True)) as database:
        return [hook for (hook,) in database.execute(query, (unit,))]


def weigh(own: Lab) -> dict[str, float]:
    """Return the memory of the controller in MB (PSS), and its open descriptors and children."""
    pid = controller(own)
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {
        "MB": int(text.split("\nPss:")[1].split()[0]) / 1024,
        "descriptors": len(list(Path(f"/proc/{pid}/fd").iterdir())),
        "processes": len(measure.descendants()),
        "files": sum(len(files) for _, _, files in os.walk(own.root)),
    }


def weigh_models(own: Lab, models: int) -> dict[str, object]:
    """Make and destroy models; compare what there is after all with what was after half."""
    faults, weights = [], {}
    for number in range(models + 1):
        if number in (0, models // 2, models):
            weights[f"after {number}"] = weigh(own)
        if number < models:
            faults += live(own, f"m{number}", None)
            print(f"{number + 1} of {models}", file=sys.stderr, flush=True)
    half, whole = weights[f"after {models // 2}"], weights[f"after {models}"]
    ratio = round(whole["MB"] / half["MB"], 4)
    return {**weights, f"MB after {models} to {models // 2}": ratio, "faults": faults}


def kill(own: Lab, kills: int, seed: int) -> dict[str, object]:
    """Make and destroy models until the controller was killed so many times."""
    killer, faults, models = Killer(own, kills, seed), [], 0
    while not killer.is_over:
        faults += live(own, f"m{models}", killer)
        models += 1
        print(f"{killer.done} kills in {models} models", file=sys.stderr, flush=True)
    return {"kills": killer.done, "models": models, "seed": seed, "faults": faults}


def main() -> None:
    """Measure, and write results/models.json or results/kills.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=200)
    parser.add_argument("--kill", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    measure.adopt_orphans()
    with lab() as own:
        own("bootstrap", "local", "bench")
        if asked.kill:
            result = kill(own, asked.kill, asked.seed)
        else:
            result = weigh_models(own, asked.models)
    measure.save("kills" if asked.kill else "models", result, load)
    sys.exit(bool(result["faults"]))


if __name__ == "__main__":
    main()
