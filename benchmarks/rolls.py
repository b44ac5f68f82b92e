"""Time without acknowledgements while brokers are rolled, ours against a roll by hand.

Three brokers with TLS, `min.insync.replicas=2`, and a workload that never stops: numbered
messages, transactions, and groups that read them. By hand is, on the same cluster right after
ours: SIGTERM to the JVM of a broker, which its supervisor starts again with the same files, then
to the next one when all replicas are in sync, to the controller last. In the end everything is
read back and judged.
"""

import argparse
import json
import os
import signal
import ssl
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import measure
from confluent_kafka import KafkaException
from confluent_kafka.admin import ConfigResource
from lab import Lab, lab, options, settled
from replicas import Replicas
from traffic import MESSAGES, TRANSACTIONS, Workload, create_topics
from verdict import Acknowledged, longest_pause

from kafkastack.artifacts.resources import save_fat_jar
from kafkastack.errors import KafkastackError

BROKERS = 3
LAST = "remove-unit of three"  # after it replicas are missing
QUIET = 5.0  # seconds without news that end a roll
STEP = 90.0  # seconds for one
_POLL, _STATUS_POLL = 0.2, 0.5


class Look(NamedTuple):
    """What there is at one moment."""

    at: float
    pids: dict[str, int]  # of the JVMs, by unit
    in_sync: int  # the fewest replicas of a partition of the producers; -1 when nobody answers


class Roll(NamedTuple):
    """One roll, from the command until nothing happens any more."""

    begin: float
    end: float
    fault: str = ""


class Cluster:
    """A cluster of ours, as its user and its operator see it."""

    def __init__(self, own: Lab, folder: Path) -> None:
        self.own, self.folder = own, folder
        self.looks: list[Look] = []
        self.client: dict[str, Any] = {}
        self.units: dict[str, str] = {}  # by machine

    def deploy(self) -> None:
        """Deploy all of it, and wait until it serves."""
        own = self.own
        own.begin()
        own("deploy", "self-signed-certificates")
        own("deploy", "zookeeper", "-n", "3")
        own("integrate", "zookeeper", "self-signed-certificates")
        own.wait(settled)
        own("deploy", "kafka", "--channel", "3/stable", "-n", str(BROKERS))
        own("deploy", "data-integrator", *options("topic-name=any", "extra-user-roles=admin"))
        own("integrate", "kafka:certificates", "self-signed-certificates")
        own("integrate", "kafka", "zookeeper")
        own("integrate", "data-integrator", "kafka")
        own.wait(settled)
        self.refresh()
        _until(lambda: own.credentials()["endpoints"].count(",") == BROKERS - 1, "endpoints")
        self.client = own.client(is_encrypted=True)
        self.replicas = Replicas(self.client)
        create_topics(self.client, BROKERS)

    # What is seen.

    @property
    def pids(self) -> dict[str, int]:
        """The JVMs that there were at the last look."""
        return self.looks[-1].pids

    def brokers(self, look: Look | None = None) -> dict[str, int]:
        """Return the JVMs of the brokers."""
        pids = look.pids if look else self.pids
        return {unit: pid for unit, pid in pids.items() if unit.startswith("kafka/")}

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look again and again."""
        stopped = threading.Event()

        def watch() -> None:
            while not stopped.wait(_POLL):
                in_sync = self.replicas.fewest_in_sync((MESSAGES, TRANSACTIONS))
                self.looks.append(Look(time.monotonic(), self._pids(), in_sync))

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        _until(lambda: self.looks, "the first look")
        try:
            yield
        finally:
            stopped.set()
            thread.join()

    def refresh(self) -> dict:
        """Return the status; know the units that there are now."""
        status = self.own.status()
        for application in status["applications"].values():
            for name, unit in application.get("units", {}).items():
                self.units[unit["machine"]] = name
        return status

    def _pids(self) -> dict[str, int]:
        found = self.own.servers()
        return {self.units.get(machine, machine): pid for machine, pid in found.items()}

    def is_whole(self) -> bool:
        """Report whether every broker is there, and every replica in sync."""
        return self.replicas.are_whole({int(unit.partition("/")[2]) for unit in self.brokers()})

    def certificates(self) -> list[str]:
        """Return what each broker proves itself by."""
        places = [place.rsplit(":", 1) for place in self.client["bootstrap.servers"].split(",")]
        return [ssl.get_server_certificate((host, int(port))) for host, port in places]

    def settings(self, name: str) -> list[str]:
        """Return what a setting of each broker is."""
        kind = ConfigResource.Type.BROKER
        resources = [ConfigResource(kind, unit.partition("/")[2]) for unit in self.brokers()]
        asked = [self.replicas.admin.describe_configs([one])[one] for one in resources]
        return [answer.result(10)[name].value for answer in asked]

    # What is done.

    def level(self) -> None:
        """Have every broker lead what it led at first."""
        _until(self.is_whole, "all replicas")
        self.replicas.level()

    def roll_by_hand(self, units: Sequence[str] = ()) -> None:
        """Restart some brokers, else all, one after another."""
        controller = f"kafka/{self.replicas.look().controller}"
        units = units or sorted(self.brokers())
        for unit in sorted(units, key=lambda unit: (unit == controller, unit)):
            before = self.pids[unit]
            os.kill(before, signal.SIGTERM)
            _until(lambda: self.pids.get(unit, before) != before, f"a new {unit}", _POLL)  # noqa: B023
            _until(self.is_whole, "all replicas", _POLL)

    def wait_until_quiet(self) -> None:
        """Wait until the brokers are active, and no JVM has come or gone for some seconds."""
        since, before = time.monotonic(), self.pids

        def is_quiet() -> bool:
            nonlocal since, before
            applications = {"kafka": self.refresh()["applications"]["kafka"]}
            if self.pids != before or not settled({"applications": applications}):
                since, before = time.monotonic(), self.pids
            return time.monotonic() - since > QUIET

        _until(is_quiet, "quiet")


class Kind(NamedTuple):
    """Something that an operator does."""

    name: str
    order: Callable[[Cluster, int], None]  # in which round
    has_happened: Callable[[Cluster, Any], bool]  # with what there was before
    look: Callable[[Cluster], Any]
    by_hand: tuple[str, ...] | None = None  # the brokers that a hand restarts for it
    is_last: bool = False  # it is done once, when all other rounds are over


def _until(done: Callable[[], object], what: str, pause: float = _STATUS_POLL) -> None:
    measure.wait_until(done, what, STEP, pause)


def _attach(cluster: Cluster, number: int) -> None:
    jar = cluster.folder / f"other-{number}.jar"
    save_fat_jar("kafka-3.9.2/kafka.jar", jar)
    with zipfile.ZipFile(jar, "a") as archive:
        archive.writestr("other", str(number))
    cluster.own("attach-resource", "kafka", f"kafka={jar}")


def _renew_keys(cluster: Cluster, _: int) -> None:
    for unit in sorted(cluster.brokers()):
        cluster.own("run", unit, "set-tls-private-key")


def _command(*words: str) -> Callable[[Cluster, int], None]:
    return lambda cluster, number: cluster.own(*(word.format(number) for word in words)) and None


def _all_differ(now: Any, before: Any) -> bool:
    pairs = zip(now, before, strict=True)
    return len(now) == len(before) and all(a != b for a, b in pairs)


def _restarted(cluster: Cluster, before: dict[str, int]) -> bool:
    now = cluster.brokers()
    return now.keys() == before.keys() and all(now[unit] != before[unit] for unit in now)


def _certified(cluster: Cluster, before: list[str]) -> bool:
    return _all_differ(cluster.certificates(), before)


def _renewed(cluster: Cluster, before: list[str]) -> bool:
    return _certified(cluster, before) and settled(cluster.own.status())


def _retained(cluster: Cluster, before: list[str]) -> bool:
    return _all_differ(cluster.settings("log.retention.ms"), before)


def _counted(cluster: Cluster, before: dict[str, int]) -> bool:
    return len(cluster.brokers()) != len(before)


def _retention(cluster: Cluster) -> list[str]:
    return cluster.settings("log.retention.ms")


_KEYS = "self-signed-certificates/0", "rotate-private-key"
_PASSWORD = "kafka/leader", "set-password", "username=sync"
_WINDOW, _RETENTION = "replication_quota_window_num=2{}", "log_retention_ms=60480000{}"
KINDS = (
    Kind("nothing", lambda *_: time.sleep(10), lambda *_: True, Cluster.brokers),
    Kind("option", _command("config", "kafka", _WINDOW), _restarted, Cluster.brokers, ()),
    Kind("live option", _command("config", "kafka", _RETENTION), _retained, _retention),
    Kind("password", _command("run", *_PASSWORD), _restarted, Cluster.brokers, ()),
    Kind("private keys", _renew_keys, _certified, Cluster.certificates),
    Kind("jar", _attach, _restarted, Cluster.brokers, ()),
    Kind("CA", _command("run", *_KEYS), _renewed, Cluster.certificates),
    Kind("add-unit", _command("add-unit", "kafka"), _counted, Cluster.brokers, is_last=True),
    Kind(
        "remove-unit of four",
        _command("remove-unit", "kafka/2", "--no-prompt"),
        *(_counted, Cluster.brokers, ("kafka/2",)),
        is_last=True,
    ),
    Kind(
        LAST,
        _command("remove-unit", "kafka/3", "--no-prompt"),
        *(_counted, Cluster.brokers),
        is_last=True,
    ),
)


def _timed(cluster: Cluster, once: Callable[[], None]) -> Roll:
    begin, fault = time.monotonic(), ""
    try:
        once()
        cluster.wait_until_quiet()
    except (TimeoutError, RuntimeError, KafkaException, KafkastackError) as error:
        units = cluster.refresh()["applications"]["kafka"]["units"]
        fault = f"{error}: {json.dumps({n: u['workload-status'] for n, u in units.items()})}"
        print(fault, file=sys.stderr, flush=True)
    return Roll(begin, time.monotonic(), fault)


def _ours(cluster: Cluster, kind: Kind, number: int) -> None:
    before = kind.look(cluster)
    kind.order(cluster, number)

    def has_happened() -> bool:
        cluster.refresh()
        with suppress(OSError, KafkaException):  # while brokers come and go
            return kind.has_happened(cluster, before)
        return False

    _until(has_happened, kind.name)


def _restarts(looks: Sequence[Look], application: str) -> dict[str, int]:
    """Count how often each unit got another JVM."""
    counts: dict[str, int] = {}
    last: dict[str, int] = {}
    for look in looks:
        for unit, pid in look.pids.items():
            if unit.startswith(f"{application}/"):
                counts[unit] = counts.get(unit, 0) + (last.get(unit, pid) != pid)
                last[unit] = pid
    return counts


def _figures(cluster: Cluster, workload: Workload, roll: Roll) -> dict[str, Any]:
    looks = [look for look in cluster.looks if roll.begin <= look.at <= roll.end]
    messages = list(workload.messages.acknowledged.values())
    whole = [Acknowledged(one.at) for one in messages]
    committed = list(workload.transactions.committed.values())
    return {
        "seconds": round(roll.end - roll.begin, 1),
        "gap": round(longest_pause(messages, *roll[:2]), 3),
        "gap of all partitions": round(longest_pause(whole, *roll[:2]), 3),
        "gap of transactions": round(longest_pause(committed, *roll[:2]), 3),
        "restarts": _restarts(looks, "kafka"),
        "restarts of ZooKeeper": _restarts(looks, "zookeeper"),
        "fewest in sync": min(look.in_sync for look in looks if look.in_sync >= 0),
        **({"fault": roll.fault} if roll.fault else {}),
    }


def _summary(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    ours, hand = rows["ours"], rows.get("by hand", [])
    gaps = {way: measure.spread([one["gap"] for one in some]) for way, some in rows.items()}
    if hand:
        pairs = zip(ours, hand, strict=True)
        gaps["ratio"] = measure.spread([a["gap"] / b["gap"] for a, b in pairs])
    most = max(count for one in ours for count in one["restarts"].values())
    return {"gap": gaps, "most restarts of a broker": most, "samples": rows}


def _play(
    cluster: Cluster, kinds: Sequence[Kind], rounds: int, note: Callable[[Roll], dict[str, Any]]
) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Do everything; return the figures of each kind and way."""
    rolls: dict[str, dict[str, list[dict[str, Any]]]] = {kind.name: {} for kind in kinds}
    steps = [(n, k) for n in range(rounds) for k in kinds if not k.is_last or n == rounds - 1]
    for number, kind in steps:
        ways: dict[str, Callable[[], None]] = {"ours": partial(_ours, cluster, kind, number)}
        if kind.by_hand is not None:
            ways["by hand"] = partial(cluster.roll_by_hand, kind.by_hand)
        # A unit that goes is gone; else what its hand restarts is what ours has written.
        for way in reversed(ways) if kind.is_last else ways:
            if kind.name != LAST:
                cluster.level()
            found = note(_timed(cluster, ways[way]))
            rolls[kind.name].setdefault(way, []).append(found)
            print(f"round {number + 1}, {kind.name}, {way}: {found}", file=sys.stderr, flush=True)
    return rolls


def _measure(rounds: int, kinds: Sequence[Kind]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="ksb-") as folder, lab() as own:
        cluster = Cluster(own, Path(folder))
        cluster.deploy()
        workload = Workload.begin(cluster.client)
        with cluster.watched(), workload.running():
            rolls = _play(cluster, kinds, rounds, partial(_figures, cluster, workload))
        judged = workload.judge(cluster.client)
    return {
        "rounds": rounds,
        "counts": workload.counts(),
        "judged": judged,
        "rolls": {name: _summary(rows) for name, rows in rolls.items()},
    }


def main() -> None:
    """Measure, and write results/rolls.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=[kind.name for kind in KINDS])
    asked = parser.parse_args()
    kinds = [kind for kind in KINDS if kind.name in (asked.only or {kind.name})]
    load = os.getloadavg()[0]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and remove everything
    measure.save("rolls", _measure(asked.rounds, kinds), load)


if __name__ == "__main__":
    main()
