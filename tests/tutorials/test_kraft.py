"""Kafka 4 of real servers: it grows, loses a majority, changes its passwords, and shrinks.

The tests build on each other, in this order, on two models of one home.
"""

import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from kafkastack.tutorial.checks.clients import try_produce
from tests.fakes.waiting import wait_until
from tests.tutorials.home import Home, made_home
from tests.tutorials.site import TOPIC, Site, make_topic

pytestmark = pytest.mark.slow


class Traffic:
    """One producer that is kept, and what became of its messages."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.errors: list[str] = []
        self.acknowledged = 0
        self._ends = threading.Event()
        kept = {"acks": "all", "enable.idempotence": True, "error_cb": self._told, "log_level": 0}
        self._producer = Producer({**settings, **kept})
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _told(self, error: Any) -> None:
        if "AUTHENTICATION" in error.name():
            self.errors.append(error.str())

    def _run(self) -> None:
        while not self._ends.wait(0.05):
            self._producer.produce(TOPIC, b"x", on_delivery=self._delivered)
            self._producer.poll(0)
        self._producer.flush(60)

    def _delivered(self, error: Any, _message: Any) -> None:
        if error:
            self.errors.append(error.str())
        else:
            self.acknowledged += 1

    def end(self) -> None:
        self._ends.set()
        self._thread.join()


@pytest.fixture(scope="module")
def home():
    with made_home() as home:
        home.run("bootstrap", "local", "overlord")
        yield home


@pytest.fixture(scope="module")
def both(home: Home) -> Site:
    """A node that is broker and controller, and its client."""
    site = Site(home, "both")
    site("deploy", "kafka", "--channel", "4/stable", "--config", "roles=broker,controller")
    roles = "extra-user-roles=admin"
    site("deploy", "data-integrator", "--config", f"topic-name={TOPIC}", "--config", roles)
    site("integrate", "data-integrator", "kafka")
    return site


@pytest.fixture(scope="module")
def apart(home: Home) -> Site:
    """A controller and a broker of two applications."""
    site = Site(home, "apart")
    for app, roles in (("controllers", "controller"), ("brokers", "broker")):
        site("deploy", "kafka", app, "--channel", "4/stable", "--config", f"roles={roles}")
    site("integrate", "brokers:peer-cluster-orchestrator", "controllers:peer-cluster")
    return site


def delete_topic(settings: dict[str, Any]) -> None:
    admin = AdminClient(settings)
    admin.delete_topics([TOPIC])[TOPIC].result(30)
    wait_until(lambda: TOPIC not in admin.list_topics(timeout=10).topics)


def test_one_node_serves_and_gives_no_password_away(both: Site) -> None:
    both.settle("kafka", 1)
    settings = both.client()
    make_topic(settings, 1)
    assert try_produce(settings, TOPIC) is None
    assert try_produce({**settings, "sasl.password": "wrong"}, TOPIC) is not None
    assert both.units("kafka")["kafka/0"]["open-ports"] == ["9092/tcp", "9098/tcp", "19093/tcp"]
    secret = json.loads(both("show-secret", "cluster.kafka.app", "--reveal", "--format", "json"))
    content = next(iter(secret.values()))["content"]["Data"]
    words = [word for name, word in content.items() if "password" in name or "key" in name]
    seen = "\n".join(both.home.processes().values()) + both("debug-log", "--limit", "5000")
    logs = Path(both.home.folder).glob("**/logs/*.log")
    seen += "\n".join(path.read_text(errors="replace") for path in logs)
    assert not [word for word in words if word in seen]


def test_two_more_join_and_all_three_vote(both: Site) -> None:
    both("add-unit", "kafka", "-n", "2")
    both.settle("kafka", 3)
    assert both.voters("kafka/1") == [100, 101, 102]
    settings = both.client()
    delete_topic(settings)
    make_topic(settings, 3)
    assert try_produce(settings, TOPIC) is None


def test_passwords_change_and_no_client_is_refused(both: Site) -> None:
    traffic = Traffic(both.client())
    try:
        words = ("operator=another-operator", "replication=another-replication")
        uri = both("add-secret", "internal-users", *words).strip()
        both("grant-secret", "internal-users", "kafka")
        both("config", "kafka", f"system-users={uri}")
        wait_until(lambda: _knows(both, "another-replication"), 240, "brokers that all know it")
        both.settle("kafka", 3)
        before = traffic.acknowledged
        wait_until(lambda: traffic.acknowledged > before + 20, 60, "messages that go on")
    finally:
        traffic.end()
    assert traffic.errors == []
    said = both("ssh", "kafka/0", "cat $CONF/client.properties")
    assert 'username="operator" password="another-operator"' in said


def _knows(site: Site, password: str) -> bool:
    words = "cat $CONF/server.properties"
    return all(password in site("ssh", unit, words) for unit in site.units("kafka"))


def test_without_a_majority_it_says_so_and_goes_on_by_itself(both: Site) -> None:
    stopped = [both.java("kafka/0"), both.java("kafka/1")]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        told = _wait_for_all(both, lambda text: text.startswith("blocked"))
        assert told["kafka/2"] == "blocked controllers have no quorum"
        assert told["kafka/0"] == "blocked service not running"
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    both.settle("kafka", 3)
    assert try_produce(both.client(), TOPIC) is None


def test_killed_at_once_they_come_back_with_what_they_had(both: Site) -> None:
    for unit in both.units("kafka"):
        os.kill(both.java(unit), signal.SIGKILL)
    _wait_for_all(both, lambda text: not text.startswith("active"))
    both.settle("kafka", 3)
    assert both.voters("kafka/2") == [100, 101, 102]
    assert try_produce(both.client(), TOPIC) is None


def _wait_for_all(site: Site, holds: Callable[[str], bool]) -> dict[str, str]:
    def look() -> dict[str, str]:
        told = {unit: site.says(unit) for unit in site.units("kafka")}
        return told if all(map(holds, told.values())) else {}

    return wait_until(look, 60, "the same of every unit")


def test_who_goes_takes_neither_vote_nor_message_along(both: Site) -> None:
    settings = both.client()
    delete_topic(settings)
    both("remove-unit", "kafka/0", "--no-prompt")
    both.settle("kafka", 2)
    assert both.voters("kafka/1") == [101, 102]
    message = "active a quorum of 2 controllers stands no more losses than one of 1"
    wait_until(lambda: both.says("kafka/1") == message, 60, "an advice")
    both("remove-unit", "kafka/1", "--no-prompt")
    both.settle("kafka", 1)
    assert both.voters("kafka/2") == [102]
    settings = both.client()
    assert list(AdminClient(settings).list_topics(timeout=10).brokers) == [102]
    make_topic(settings, 1)
    assert try_produce(settings, TOPIC) is None


def test_controllers_apart_grow_and_brokers_get_to_know_them(apart: Site) -> None:
    apart.settle("brokers", 1)
    apart("add-unit", "controllers", "-n", "2")
    apart.settle("controllers", 3)
    known = "grep bootstrap.servers $CONF/server.properties"
    wait_until(lambda: apart("ssh", "brokers/0", known).count(":9098") == 3, 60)
    apart("remove-unit", "controllers/0", "--no-prompt")
    apart.settle("controllers", 2)
    apart.settle("brokers", 1)
    assert apart.voters("controllers/1") == [1, 2]
    address = apart.units("brokers")["brokers/0"]["public-address"]
    operator = f"--bootstrap-server {address}:19093 --command-config $CONF/client.properties"
    words = f"charmed-kafka.topics {operator} --create --topic late --partitions 1"
    assert "Created topic late" in apart("ssh", "brokers/0", words)
