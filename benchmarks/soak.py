"""For how long nobody gets an answer under faults, and what becomes of what was acknowledged.

Kafka 4 of ours, three controllers and three brokers, and six nodes by hand, in turn. On both the
same workload goes on all the time while every fault strikes once; by hand what has ended is
started again at once. In the end of each round all is read back and judged. Needs root: the run
has a network and mounts of its own, which end with it.
"""

import argparse
import os
import shutil
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import measure
from by_hand import BROKER, CONTROLLER, ensemble
from clusters import HandMade, Ours, isolate, small_disk
from faults import FAULTS, ROLL, Fault
from lab import Lab, all_active, lab, options
from traffic import Workload, create_topics
from verdict import Faults, faults_of, longest_pause

_REPLICAS = 3
_STATUS_PAUSE = 0.3
_DONE = (  # what a workload has to have done for its verdict to say something
    "messages acknowledged",
    "transactions committed",
    "transactions aborted",
    "commits of offsets",
)
Found = dict[str, dict[str, list[dict[str, Any]]]]  # fault → cluster → figures of each time
SHORT = ("SIGKILL of the active controller", "SIGSTOP of a broker", "SIGKILL of everything", ROLL)


class Struck(NamedTuple):
    """One fault."""

    begin: float
    over: float  # it was undone, and who was struck listens
    well: float  # nothing of it was left
    end: float  # and nothing came back
    trouble: str = ""

    def figures(self, workload: Workload) -> dict[str, Any]:
        """Return the longest pauses in that time."""
        span = self.begin, self.end
        messages = list(workload.messages.acknowledged.values())
        committed = list(workload.transactions.committed.values())
        return {
            "pause": round(longest_pause(messages, *span), 3),
            "pause of transactions": round(longest_pause(committed, *span), 3),
            "well again": round(self.well - self.over, 3),
            **({"trouble": self.trouble} if self.trouble else {}),
        }


def strike(cluster: HandMade | Ours, fault: Fault) -> Struck:
    """Let a fault happen, and wait until all is well."""
    cluster.wait_until_whole()
    cluster.replicas.level()
    victims = fault.victims(cluster)
    begin = time.monotonic()
    fault.do(cluster, victims)
    time.sleep(fault.hold)
    fault.undo(cluster, victims)
    over, trouble = time.monotonic(), ""
    try:
        well = cluster.wait_until_whole()
    except TimeoutError as error:
        well, trouble = time.monotonic(), str(error)
    return Struck(begin, over, well, time.monotonic(), trouble)


class Watch:
    """What status says of a cluster of ours, all the time."""

    def __init__(self, own: Lab) -> None:
        self._own = own
        self._said: list[tuple[float, bool]] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        """Ask again and again."""
        stopped = threading.Event()

        def watch() -> None:
            while not stopped.wait(_STATUS_PAUSE):
                self._said.append((time.monotonic(), all_active(self._own.status())))

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()

    def figures(self, struck: Struck) -> dict[str, float | None]:
        """Return when a fault was told after its begin, and when its end after it was undone."""
        said = [one for one in self._said if struck.begin <= one[0] <= struck.end]
        told = [at for at, is_well in said if not is_well]
        well = [at for at, is_well in said if is_well and told and at > max(told)]
        return {
            "told after": round(told[0] - struck.begin, 2) if told else None,
            "active again after": round(well[0] - struck.over, 2) if well else None,
        }


class Side(NamedTuple):
    """A cluster with what goes on on it."""

    cluster: HandMade | Ours
    workload: Workload
    watch: Watch | None = None

    def play(self, fault: Fault) -> dict[str, Any]:
        """Let a fault happen; return its figures."""
        struck = strike(self.cluster, fault)
        told = self.watch.figures(struck) if self.watch else {}
        return {**struck.figures(self.workload), **told}


def _play(side: Side, faults: Sequence[Fault], found: Found) -> dict[str, Faults]:
    """Let the faults happen in turn, and note the figures of each; judge what is read back."""
    with side.workload.running():
        for fault in faults:
            if fault.name not in side.cluster.lacks:
                figures = side.play(fault)
                found[fault.name].setdefault(side.cluster.name, []).append(figures)
                print(f"{fault.name}, {side.cluster.name}: {figures}", file=sys.stderr, flush=True)
    return side.workload.judge(side.cluster.client)


def _begin(cluster: HandMade | Ours, stack: ExitStack) -> Side:
    cluster.deploy()
    create_topics(cluster.client, _REPLICAS)
    watch = Watch(cluster.own) if isinstance(cluster, Ours) else None
    if watch:
        stack.enter_context(watch.running())
    return Side(cluster, Workload.begin(cluster.client), watch)


def _cluster(name: str, stack: ExitStack) -> HandMade | Ours:
    if name == Ours.name:
        return Ours(stack.enter_context(lab()), stack)
    roles = [CONTROLLER] * 3 + [BROKER] * 3
    nodes = stack.enter_context(ensemble(roles, "SASL_SSL"))
    stack.enter_context(small_disk(nodes.brokers[-1].data))
    return HandMade(nodes)


class Told(NamedTuple):
    """What a cluster had and lost, in all rounds together."""

    counts: Counter[str]
    judged: dict[str, dict[str, list[Any]]]

    def add(self, workload: Workload, judged: Mapping[str, Faults]) -> None:
        """Add a round."""
        self.counts.update(workload.counts())
        for name, faults in judged.items():
            for fault, found in faults.items():
                self.judged.setdefault(name, {}).setdefault(fault, []).extend(found)


def _measure(names: Sequence[str], faults: Sequence[Fault], minutes: float) -> dict[str, Any]:
    """Let each cluster have every fault, one after the other, again and again.

    Two at once starve each other on two cores, and a pause says then how long they did.
    """
    until = time.monotonic() + 60 * minutes
    found: Found = {fault.name: {} for fault in faults}
    told = {name: Told(Counter(), {}) for name in names}
    rounds = 0
    while not rounds or time.monotonic() < until:
        rounds += 1
        for name in names:
            with ExitStack() as stack:
                side = _begin(_cluster(name, stack), stack)
                judged = _play(side, faults, found)
            told[name].add(side.workload, judged)
            print(f"{name}: {faults_of(judged) or 'all is accounted for'}", file=sys.stderr)
    return {
        "minutes": minutes,
        "rounds": rounds,
        "counts": {name: dict(one.counts) for name, one in told.items()},
        "judged": {name: one.judged for name, one in told.items()},
        "faults": found,
    }


def _fetch() -> None:
    """Have charms' packages in the cache: the run's own network leads nowhere."""
    with lab() as own:
        own.begin()
        own("deploy", "self-signed-certificates")
        own("deploy", "data-integrator", *options("topic-name=any"))
        own("deploy", "kafka", "--channel", "4/stable", *options("roles=broker,controller"))
        own("integrate", "data-integrator", "kafka")
        own("wait-idle")


def short() -> list[str]:
    """Let the worst happen to three nodes of ours; return what is wrong with it."""
    with ExitStack() as stack:
        side = _begin(Ours(stack.enter_context(lab())), stack)
        found: Found = {name: {} for name in SHORT}
        judged = _play(side, [fault for fault in FAULTS if fault.name in SHORT], found)
    samples = [one for sides in found.values() for rows in sides.values() for one in rows]
    return [
        *faults_of(judged),
        *(one["trouble"] for one in samples if "trouble" in one),
        *(f"{what}: none" for what in _DONE if not side.workload.counts()[what]),
    ]


def main() -> None:
    """Measure, and write results/soak.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=0.0, help="one round without")
    parser.add_argument("--only", nargs="+", choices=[fault.name for fault in FAULTS])
    names = (Ours.name, HandMade.name)
    parser.add_argument("--clusters", nargs="+", choices=names, default=names)
    parser.add_argument("--short", action="store_true", help="the worst, to three nodes of ours")
    asked = parser.parse_args()
    if not asked.short and not shutil.which("nft"):
        parser.error("a cut needs nft: apt install nftables")
    if asked.short:
        sys.exit("\n".join(short()) or None)
    faults = [fault for fault in FAULTS if fault.name in (asked.only or {fault.name})]
    load = os.getloadavg()[0]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and remove everything
    _fetch()
    isolate()
    measure.save("soak", _measure(asked.clusters, faults, asked.minutes), load)


if __name__ == "__main__":
    main()
