"""Controllers and brokers of two applications: in any order, with all that was acknowledged.

The tests build on each other, in this order, on one model.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer

from tests.fakes.waiting import wait_until
from tests.tutorials.home import made_home
from tests.tutorials.site import TOPIC, Site, make_topic

pytestmark = pytest.mark.slow
_ASK = "from kafkastack.cli.session import Target; print(Target('overlord', 'apart').call('{}'))"


class Messages:
    """What was acknowledged; all of it is to be there, once."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._sent: list[str] = []

    def go_on(self) -> None:
        """Send some more, and read all that there are, as a client that comes only now."""
        settings = self._site.client()
        self._send(settings)
        assert sorted(self._read(settings)) == sorted(self._sent)

    def _send(self, settings: dict[str, Any]) -> None:
        producer = Producer({**settings, "acks": "all", "enable.idempotence": True})
        refused: list[str] = []

        def note(error: Any, message: Any) -> None:
            (refused if error else self._sent).append(message.value().decode())

        for number in range(50):
            producer.produce(TOPIC, f"{len(self._sent)}-{number}", on_delivery=note)
        assert producer.flush(60) == 0
        assert refused == []

    def _read(self, settings: dict[str, Any]) -> list[str]:
        group = f"{settings['sasl.username']}-{len(self._sent)}"
        consumer = Consumer(
            {
                **settings,
                "group.id": group,
                "auto.offset.reset": "earliest",
                "enable.partition.eof": True,
            }
        )
        consumer.subscribe([TOPIC])
        found: list[str] = []
        ended: set[int] = set()

        def is_read() -> bool:
            message = consumer.poll(1)
            if message is not None and message.error():
                ended.add(message.partition())
            elif message is not None:
                found.append(message.value().decode())
            return len(ended) == 3

        try:
            wait_until(is_read, 60, "all that was acknowledged")
        finally:
            consumer.close()
        return found


@pytest.fixture(scope="module")
def apart() -> Iterator[Site]:
    """Three controllers and three brokers of two applications, and a client."""
    with made_home() as home:
        home.run("bootstrap", "local", "overlord")
        site = Site(home, "apart")
        for app, roles in (("controllers", "controller"), ("brokers", "broker")):
            words = ("--channel", "4/stable", "--config", f"roles={roles}", "-n", "3")
            site("deploy", "kafka", app, *words)
        _integrate(site)
        roles = "extra-user-roles=admin"
        site("deploy", "data-integrator", "--config", f"topic-name={TOPIC}", "--config", roles)
        site("integrate", "data-integrator", "brokers")
        yield site


@pytest.fixture(scope="module")
def messages(apart: Site) -> Messages:
    """A topic that is on every broker."""
    _settle(apart)
    make_topic(apart.client(), 3)
    return Messages(apart)


def _integrate(site: Site) -> None:
    site("integrate", "brokers:peer-cluster-orchestrator", "controllers:peer-cluster")


def _are_related(site: Site) -> bool:
    applications = site.status()["applications"]
    sides = (("brokers", "peer-cluster-orchestrator"), ("controllers", "peer-cluster"))
    return any(endpoint in applications[app].get("relations", {}) for app, endpoint in sides)


def _settle(site: Site) -> None:
    for app in ("controllers", "brokers", "data-integrator"):
        site.settle(app, len(site.units(app)))


def _ask(site: Site, verb: str) -> None:
    """Ask the controller for what no verb of the command line is called after."""
    words = [sys.executable, "-c", _ASK.format(verb)]
    subprocess.run(words, env=site.home.environment, check=True, timeout=240)


def _servers(site: Site, app: str) -> dict[str, int]:
    return {unit: site.java(unit) for unit in site.units(app)}


@contextmanager
def _held(site: Site, app: str) -> Iterator[None]:
    """Have no server of an application do anything."""
    held = _servers(site, app).values()
    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    try:
        wait_until(lambda: _all_say(site, app, "blocked"), 60, f"{app} that are missed")
        yield
    finally:
        for pid in held:
            os.kill(pid, signal.SIGCONT)


def _all_say(site: Site, app: str, status: str) -> bool:
    return all(site.says(unit).startswith(status) for unit in site.units(app))


def _kill(site: Site, app: str) -> None:
    """Kill all servers of an application, which start anew."""
    killed = _servers(site, app)
    for pid in killed.values():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: _are_new(site, killed), 60, f"other processes of {app}")


def _are_new(site: Site, killed: dict[str, int]) -> bool:
    said = (site("ssh", unit, "pgrep -u $(id -u) java || true") for unit in killed)
    return all(
        now.split() and int(now.split()[-1]) != pid
        for now, pid in zip(said, killed.values(), strict=True)
    )


def test_three_and_three_serve_and_all_controllers_vote(apart: Site, messages: Messages) -> None:
    assert apart.voters("controllers/0") == [0, 1, 2]
    messages.go_on()


def test_brokers_that_start_without_controllers_serve_once_these_are_there(
    apart: Site, messages: Messages
) -> None:
    with _held(apart, "controllers"):
        _kill(apart, "brokers")
        wait_until(lambda: not _all_say(apart, "brokers", "active"), 60, "brokers that wait")
    _settle(apart)
    messages.go_on()


def test_controllers_that_start_without_brokers_serve_and_the_brokers_after_them(
    apart: Site, messages: Messages
) -> None:
    with _held(apart, "brokers"):
        _kill(apart, "controllers")
        assert apart.voters("controllers/0") == [0, 1, 2], "these processes have a leader"
        wait_until(lambda: _all_say(apart, "controllers", "active"), 120, "controllers")
    _settle(apart)
    messages.go_on()


def test_all_of_them_stop_and_start(apart: Site, messages: Messages) -> None:
    _ask(apart, "stop-machines")
    _ask(apart, "start-machines")
    _settle(apart)
    messages.go_on()


def test_a_relation_that_is_removed_and_made_again_leads_to_the_same_messages(
    apart: Site, messages: Messages
) -> None:
    assert _are_related(apart)
    apart("remove-relation", "brokers:peer-cluster-orchestrator", "controllers:peer-cluster")
    wait_until(lambda: _all_say(apart, "brokers", "blocked"), 60, "brokers without controllers")
    wait_until(lambda: _all_say(apart, "controllers", "blocked"), 60, "controllers alone")
    wait_until(lambda: not _are_related(apart), 60, "a relation that is gone")
    _integrate(apart)
    _settle(apart)
    messages.go_on()


def test_a_lost_controller_that_is_removed_by_force_is_replaced(
    apart: Site, messages: Messages
) -> None:
    number = apart.leader("controllers/0")
    other = next(unit for unit in apart.units("controllers") if unit != f"controllers/{number}")
    os.kill(apart.java(f"controllers/{number}"), signal.SIGSTOP)  # its machine is dead
    words = (f"controllers/{number}", "--force", "--no-wait", "--no-prompt")
    apart("remove-unit", *words)
    left = sorted({0, 1, 2} - {number})
    wait_until(lambda: apart.voters(other) == left, 240, "a vote that is taken")
    apart("add-unit", "controllers")
    apart.settle("controllers", 3)
    assert apart.voters(other) == [*left, 3]
    _settle(apart)
    messages.go_on()


def test_a_lost_broker_that_is_removed_by_force_is_known_no_more(
    apart: Site, messages: Messages
) -> None:
    apart("remove-unit", "brokers/0", "--force", "--no-wait", "--no-prompt")
    apart("add-unit", "brokers")
    apart.settle("brokers", 3)
    _settle(apart)
    nodes = wait_until(lambda: _nodes(apart, "brokers/1"), 240)
    assert nodes == "[101, 102, 103]"
    messages.go_on()


def _nodes(site: Site, unit: str) -> str:
    """Return which brokers the leader knows of, once it knows of no lost one."""
    told = json.loads(site("show-unit", unit, "--format", "json"))[unit]["relation-info"]
    bags = [one["application-data"] for one in told if one["endpoint"] == "cluster"]
    nodes = bags[0].get("nodes", "")
    return "" if "100" in nodes else nodes


def test_five_vote_and_two_leave_together_the_active_one_among_them(
    apart: Site, messages: Messages
) -> None:
    apart("add-unit", "controllers", "-n", "2")
    apart.settle("controllers", 5)
    units = sorted(apart.units("controllers"))
    stays = units[-1]
    assert len(apart.voters(stays)) == 5
    active = f"controllers/{apart.leader(stays)}"
    another = next(unit for unit in units if unit not in (active, stays))
    apart("remove-unit", active, another, "--no-prompt")
    apart.settle("controllers", 3)
    stays = next(iter(apart.units("controllers")))
    left = sorted(int(unit.partition("/")[2]) for unit in units if unit not in (active, another))
    assert apart.voters(stays) == left
    _settle(apart)
    messages.go_on()
