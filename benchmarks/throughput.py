"""Throughput and latency of a broker of ours, against the same Kafka 4 by hand.

A node of ours with a profile, and one by hand with the settings and flags of the official
distribution, both with SCRAM and ACLs, run side by side. In each round Kafka's own programs send
and read the same at one and then at the other: ratios above 1 are in our favour.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import measure
from by_hand import COMBINED, PASSWORD, USER, VERSION, ensemble, find_jar
from first_client import produce_first
from lab import lab, options, settled

PROFILES = ("production", "testing")
PROTOCOLS = ("SASL_PLAINTEXT", "SASL_SSL")
SIZES = {100: 500_000, 1000: 100_000}  # bytes of a message, and how many
_TOPIC = "throughput"
_PINGS = 2000
_SENT = re.compile(r"records sent, ([\d.]+) records/sec")
_LATENCY = re.compile(r"Avg latency: ([\d.]+) ms")
_TOOLS = "org.apache.kafka.tools"
_SECONDS = 120


class Target(NamedTuple):
    """A cluster, as Kafka's programs get at it."""

    place: str
    config: Path  # client.properties


class Figures(NamedTuple):
    """What one round at one cluster gave; more is better."""

    produced: float  # messages a second
    consumed: float
    swiftness: float  # 1 / ms that a message takes from end to end


def _run(main: str, *words: str) -> str:
    command = ("java", "-Xmx512M", "-cp", str(find_jar(VERSION)), f"{_TOOLS}.{main}", *words)
    return measure.run(command, timeout=_SECONDS)


def once(target: Target, size: int, count: int) -> Figures:
    """Send, read, and send back and forth."""
    at = ("--bootstrap-server", target.place, "--topic", _TOPIC)
    at += ("--command-config", str(target.config))
    record = ("--record-size", str(size))
    amount = ("--num-records", str(count))
    unlimited = ("--throughput", "-1", "--command-property", "acks=all")
    sent = _run("ProducerPerformance", *at, *record, *amount, *unlimited)
    read = _run("ConsumerPerformance", *at, *amount, "--hide-header")
    pings = ("--num-records", str(_PINGS), "--producer-acks", "all")
    answered = _run("EndToEndLatency", *at, *record, *pings)
    return Figures(
        produced=float(_SENT.findall(sent)[-1]),
        consumed=float(read.splitlines()[-1].split(",")[5]),
        swiftness=1 / float(_LATENCY.findall(answered)[-1]),
    )


def _write_config(folder: Path, name: str, protocol: str, login: Sequence[str], ca: str) -> Path:
    user, password = login
    module = "org.apache.kafka.common.security.scram.ScramLoginModule required"
    lines = {
        "security.protocol": protocol,
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.jaas.config": f'{module} username="{user}" password="{password}";',
    }
    if ca:
        (folder / f"{name}.pem").write_text(ca)
        lines |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": f"{folder}/{name}.pem"}
    path = folder / f"{name}.properties"
    path.write_text("".join(f"{key}={value}\n" for key, value in lines.items()))
    return path


@contextmanager
def ours(profile: str, protocol: str, folder: Path) -> Iterator[Target]:
    """Yield a node of ours."""
    with lab() as own:
        own.begin()
        roles = options("roles=broker,controller", f"profile={profile}")
        own("deploy", "kafka", "--channel", "4/stable", *roles)
        own(
            "deploy", "data-integrator", *options(f"topic-name={_TOPIC}", "extra-user-roles=admin")
        )
        if protocol == "SASL_SSL":
            own("deploy", "self-signed-certificates")
            own("integrate", "kafka:certificates", "self-signed-certificates")
        own("integrate", "data-integrator", "kafka")
        own.wait(settled)
        produce_first(own.client(protocol == "SASL_SSL"), _TOPIC)
        told = own.credentials()
        login = told["username"], told["password"]
        config = _write_config(folder, profile, protocol, login, told.get("tls-ca", ""))
        yield Target(told["endpoints"], config)


@contextmanager
def by_hand(protocol: str, folder: Path) -> Iterator[Target]:
    """Yield the same by hand."""
    with ensemble([COMBINED], protocol) as nodes:
        nodes.format()
        nodes.start_all()
        produce_first(nodes.client, _TOPIC)
        authority = Path(nodes.client.get("ssl.ca.location", os.devnull)).read_text()
        config = _write_config(folder, "by-hand", protocol, (USER, PASSWORD), authority)
        yield Target(nodes.client["bootstrap.servers"], config)


def _compare(profile: str, protocol: str, rounds: int, sizes: Sequence[int]) -> dict[str, Any]:
    """Return the figures of both, and their ratios, for each size of messages."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="ksb-")))
        targets = {
            "kafkastack": stack.enter_context(ours(profile, protocol, folder)),
            "by hand": stack.enter_context(by_hand(protocol, folder)),
        }
        samples: dict[int, list[dict[str, Figures]]] = {size: [] for size in sizes}
        for number, size in product(range(-1, rounds), sizes):  # the first warms both
            found = {name: once(one, size, SIZES[size]) for name, one in targets.items()}
            print(f"{profile}, {protocol}, {size} B: {found}", file=sys.stderr, flush=True)
            samples[size] += [found] if number >= 0 else []
    return {f"{size} B": _ratios(rows) for size, rows in samples.items()}


def _ratios(rows: Sequence[dict[str, Figures]]) -> dict[str, Any]:
    pairs = [(row["kafkastack"], row["by hand"]) for row in rows]
    ratios = {
        name: measure.spread([getattr(one, name) / getattr(other, name) for one, other in pairs])
        for name in Figures._fields
    }
    return {"ratios": ratios, "samples": [{k: v._asdict() for k, v in r.items()} for r in rows]}


def main() -> None:
    """Measure, and write results/throughput.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profiles", nargs="+", choices=PROFILES, default=PROFILES)
    parser.add_argument("--protocols", nargs="+", choices=PROTOCOLS, default=PROTOCOLS)
    parser.add_argument("--sizes", nargs="+", type=int, choices=SIZES, default=SIZES)
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    kinds = product(asked.profiles, asked.protocols)
    found = {f"{a}, {b}": _compare(a, b, asked.rounds, list(asked.sizes)) for a, b in kinds}
    target = "production: at least 0.97, with 1 within the spread; testing: at least 0.9"
    measure.save("throughput", {**found, "target": target}, load)


if __name__ == "__main__":
    main()
