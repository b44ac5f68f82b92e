"""Time from nothing to the first acknowledged message, ours against Kafka by hand.

Ours begins at `bootstrap` with nothing running, and ends when a message sent with the credentials
of data-integrator is acknowledged: SCRAM, ACLs, secured ZooKeeper. By hand is ZooKeeper and Kafka
started at once from the same jars, one plain listener, no security: (a) with the flags of
kafka-server-start.sh, (b) with our flags and class archives.
"""

import argparse
import itertools
import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import measure
from by_hand import OFFICIAL as OFFICIAL_KAFKA
from by_hand import SCRIPT_FLAGS
from first_client import produce_first
from lab import TOPIC, Lab, lab
from measure import Sample, clock

JARS = (
    Path(os.environ.get("KAFKASTACK_CACHE") or "~/.cache/kafkastack").expanduser() / "kafka/3.9.2"
)
_FAST = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")
_UNMOVED = ("-XX:+UnlockDiagnosticVMOptions", "-XX:ArchiveRelocationMode=0")
OFFICIAL = {
    "zookeeper": ("-Xmx512M", "-Xms512M", *SCRIPT_FLAGS),
    "kafka": OFFICIAL_KAFKA,
}
OURS = {
    "zookeeper": ("-Xms32m", *_FAST, f"-XX:SharedArchiveFile={JARS}/zookeeper.jsa"),
    "kafka": ("-Xms64m", *_FAST, f"-XX:SharedArchiveFile={JARS}/kafka.jsa", *_UNMOVED),
}
_MAIN = {
    "zookeeper": "org.apache.zookeeper.server.quorum.QuorumPeerMain",
    "kafka": "kafka.Kafka",
}
_LOG4J = """\
log4j.rootLogger=INFO, file
log4j.appender.file=org.apache.log4j.FileAppender
log4j.appender.file.File={folder}/{name}.log
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.appender.file.layout.ConversionPattern=[%d] %p %m (%c)%n
"""
_CONFIG = {
    "zookeeper": """\
dataDir={folder}/zookeeper
clientPort={zookeeper}
clientPortAddress=127.0.0.1
maxClientCnxns=0
admin.enableServer=false
""",
    "kafka": """\
broker.id=0
listeners=PLAINTEXT://127.0.0.1:{kafka}
log.dirs={folder}/kafka
zookeeper.connect=127.0.0.1:{zookeeper}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
""",
}


def by_kafkastack(deploy: Callable[[Lab], None], samples: list[Sample]) -> None:
    """Bootstrap, deploy, integrate, get the credentials, produce."""
    with lab() as own:
        marks = [("", time.perf_counter())]
        with clock(samples):
            own.begin()
            marks.append(("bootstrap and add-model", time.perf_counter()))
            deploy(own)
            marks.append(("deploy and integrate", time.perf_counter()))
            own.wait_for("data-integrator")
            marks.append(("wait until data-integrator is active", time.perf_counter()))
            client = own.client()
            marks.append(("get-credentials", time.perf_counter()))
            produce_first(client, TOPIC)
            marks.append(("first message", time.perf_counter()))
        pairs = itertools.pairwise(marks)
        print(", ".join(f"{b[0]} {b[1] - a[1]:.2f} s" for a, b in pairs), flush=True)


def by_hand(flags: dict[str, Sequence[str]], samples: list[Sample]) -> None:
    """Start ZooKeeper and Kafka, produce."""
    folder = Path(tempfile.mkdtemp(prefix="ksb-"))
    ports = _free_ports()
    for name in _MAIN:
        text = _CONFIG[name].format(folder=folder, **ports)
        (folder / f"{name}.properties").write_text(text)
        (folder / f"{name}.log4j").write_text(_LOG4J.format(folder=folder, name=name))
    started = []
    try:
        with clock(samples):
            started = [measure.start(_java(name, flags[name], folder)) for name in _MAIN]
            produce_first({"bootstrap.servers": f"127.0.0.1:{ports['kafka']}"}, TOPIC)
    finally:
        for process in reversed(started):
            process.send_signal(signal.SIGKILL)
            process.wait()
        shutil.rmtree(folder)


def _java(name: str, flags: Sequence[str], folder: Path) -> list[str]:
    log4j = f"-Dlog4j.configuration=file:{folder}/{name}.log4j"
    jar, config = JARS / f"{name}.jar", folder / f"{name}.properties"
    return ["java", *flags, log4j, "-cp", str(jar), _MAIN[name], str(config)]


def _free_ports() -> dict[str, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return {"zookeeper": one.getsockname()[1], "kafka": two.getsockname()[1]}


def main() -> None:
    """Measure, and write results/first_message.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    load = os.getloadavg()[0]
    measure.adopt_orphans()
    samples = measure.interleave(
        rounds,
        {
            "kafkastack": lambda rows: by_kafkastack(Lab.deploy_kafka, rows),
            "official": lambda rows: by_hand(OFFICIAL, rows),
            "our flags": lambda rows: by_hand(OURS, rows),
        },
    )
    result = {
        **measure.summary(samples),
        "to official": measure.ratio(samples["kafkastack"], samples["official"]),
        "to our flags": measure.ratio(samples["kafkastack"], samples["our flags"]),
        "target": "wall, to official: at most 1.5",
    }
    measure.save("first_message", result, load)


if __name__ == "__main__":
    main()
