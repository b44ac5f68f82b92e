"""Two Kafkas of one's own side by side, one of three brokers: stopped, started, reached from afar.

The tests build on each other, in this order.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kafkastack.artifacts.resources import ensure_resource
from kafkastack.cli.catalogue import find
from tests.fakes.addresses import reserve_block
from tests.fakes.engine import Engine, engine
from tests.fakes.host import OWN
from tests.fakes.waiting import wait_until
from tests.integration.test_kafka_lane import consumed, javas, printed, typed

pytestmark = pytest.mark.slow
_SECONDS = 300.0
NAMED = ("--name", "three")
_PRODUCE = """
import sys
from confluent_kafka import Producer
settings = dict(line.split("=", 1) for line in sys.stdin.read().splitlines())
failed = []
producer = Producer({**settings, "log_level": 0})
producer.produce("alone", b"from afar", on_delivery=lambda error, _: failed.append(error))
assert producer.flush(30) == 0 and failed == [None], failed
"""


@pytest.fixture(scope="module")
def lane() -> Iterator[Engine]:
    """A home with a Kafka of three brokers, and with one of a single broker."""
    ensure_resource(find("kafka", "4/stable").channel.resources["kafka"])
    with engine() as made:
        yield made


@pytest.fixture(scope="module")
def three(lane: Engine) -> dict[str, str]:
    """What the start of three brokers prints."""
    return printed(lane.ask("kafka", "start", *NAMED, "--brokers", "3", timeout=_SECONDS))


@pytest.fixture(scope="module")
def one(lane: Engine, three: dict[str, str]) -> dict[str, str]:
    """What the start of one broker prints, beside the three."""
    return printed(lane.ask("kafka", "start", timeout=_SECONDS))


def test_three_brokers_keep_three_copies(lane: Engine, three: dict[str, str]):
    assert len(three["bootstrap server"].split(",")) == 3
    words = ("--topic", "kept", "--partitions", "3", "--replication-factor", "3")
    lane("kafka", "topics", *NAMED, "--create", *words)
    assert typed(lane, "still here\n", "produce", *NAMED, "--topic", "kept").code == 0
    described = lane("kafka", "topics", *NAMED, "--describe", "--topic", "kept")
    assert "ReplicationFactor: 3" in described
    units = lane.status("-m", "three")["applications"]["kafka"]["units"]
    assert sorted(units) == ["kafka/0", "kafka/1", "kafka/2"]


def test_another_one_beside_them_has_topics_of_its_own(
    lane: Engine, three: dict[str, str], one: dict[str, str]
):
    lane("kafka", "topics", "--create", "--topic", "alone")
    assert "kept" not in lane("kafka", "topics", "--list").splitlines()
    assert "alone" not in lane("kafka", "topics", *NAMED, "--list").splitlines()
    assert not {*one["bootstrap server"].split(",")} & {*three["bootstrap server"].split(",")}
    assert one["password"] != three["password"] and one["CA"] != three["CA"]
    assert len(javas(lane)) == 4


def test_three_that_stop_leave_the_other_alone_and_come_back_as_they_were(
    lane: Engine, three: dict[str, str], one: dict[str, str]
):
    lane("kafka", "stop", *NAMED, timeout=_SECONDS)
    assert len(javas(lane)) == 1
    assert typed(lane, "meanwhile\n", "produce", "--topic", "alone").code == 0
    assert printed(lane.ask("kafka", "start", *NAMED, timeout=_SECONDS)) == three
    shown = consumed(lane, *NAMED, "--topic", "kept", "--from-beginning", "--max-messages", "1")
    assert shown == ["still here"]
    assert typed(lane, "and on\n", "produce", *NAMED, "--topic", "kept").code == 0
    assert printed(lane.ask("kafka", "start", timeout=_SECONDS)) == one


@contextmanager
def another_host(address: str) -> Iterator[list[str]]:
    """Join a network namespace by a cable that ends here at an address; yield what enters it."""
    there = address.rpartition(".")[0] + ".2"
    host = subprocess.Popen(["unshare", "-n", "sleep", "infinity"])
    enter = ["nsenter", "-t", str(host.pid), "-n"]
    ours = Path("/proc/self/ns/net").readlink()
    wait_until(lambda: Path(f"/proc/{host.pid}/ns/net").readlink() != ours, 10)
    name = f"{OWN}{host.pid}"
    try:
        ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(host.pid))
        ip("address", "add", f"{address}/30", "dev", name)
        ip("link", "set", name, "up")
        ip("address", "add", f"{there}/30", "dev", "eth0", enter=enter)
        ip("link", "set", "eth0", "up", enter=enter)
        yield enter
    finally:
        host.kill()  # with the namespace goes the cable
        host.wait()


def ip(*words: str, enter: list[str] | None = None) -> None:
    subprocess.run([*(enter or ()), "ip", *words], check=True, capture_output=True)


@pytest.mark.root
@pytest.mark.skipif(not shutil.which("nsenter"), reason="needs nsenter")
def test_exposed_it_is_reached_from_another_network(lane: Engine, one: dict[str, str]):
    _, second, third = reserve_block().split(".")
    address = f"198.{18 + int(second) % 2}.{third}.1"  # of the networks for such tests
    with another_host(address) as enter:
        lane("kafka", "start", "--expose", address, timeout=_SECONDS)
        lines = lane("kafka", "client-config", "--exposed", "--format", "librdkafka")
        words = [*enter, sys.executable, "-c", _PRODUCE]
        done = subprocess.run(words, input=lines, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done
        lane("kafka", "start", "--no-expose", timeout=_SECONDS)


def test_one_that_is_removed_leaves_the_other(
    lane: Engine, three: dict[str, str], one: dict[str, str]
):
    lane("kafka", "rm", *NAMED, "--no-prompt", timeout=_SECONDS)
    assert 'there is no Kafka "three"' in lane.fails("kafka", "topics", *NAMED, "--list")
    assert "alone" in lane("kafka", "topics", "--list").splitlines()
    assert len(javas(lane)) == 1
