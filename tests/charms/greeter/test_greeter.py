"""A charm that writes only what is its own has the discipline of all: three real servers."""

import os
import signal
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from kafkastack_charms.testing.ca import CA
from kafkastack_charms.watcher import Place, connect

from tests.charms.greeter.world import CHARM, Greeters
from tests.charms.zookeeper.world import certificates_changed, peers_changed
from tests.fakes.waiting import wait_until

PORT, ALL = 7007, range(3)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Greeters]:
    monkeypatch.setenv("RUN_SERVICES", "yes")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    made = Greeters(tmp_path, Path("/"), monkeypatch)
    for number in ALL:
        made.add_unit(number)
    made.settle()
    yield made
    made.end()


def restarts(world: Greeters) -> list[int]:
    return [world.units[n].machine.calls.count("restart greeter.service") for n in ALL]


def ask(world: Greeters, number: int, words: str = "") -> str:
    """Return what a greeter says, over TLS where it has a certificate."""
    conf = world.units[number].storage.get_filesystem(world.units[number].context) / "conf"
    ca = conf / "truststore.pem"
    place = Place(world.units[number].address, PORT, str(ca) if ca.exists() else "")
    with connect(place) as stream:
        stream.sendall(f"{words}\n".encode())
        return stream.recv(100).decode().strip()


def shown(world: Greeters, number: int) -> str:
    return ssl.get_server_certificate((world.units[number].address, PORT))


def roll(world: Greeters, is_over: Callable[[], bool]) -> None:
    """Deliver what changed until it is over, with two of three at work all the time."""
    turns = 0
    while not is_over():
        for number in ALL:
            world.run(number, peers_changed)
            working = [n for n in ALL if world.unit_data[n].get("serves") == "true"]
            assert len(working) >= 2, "one at a time"
        turns += 1
        assert turns < 30, world.statuses
    world.settle()
    assert set(world.statuses.values()) == {"active"}


@contextmanager
def asking(world: Greeters) -> Iterator[list[int]]:
    """Ask the servers through TLS again and again; give how many have answered, each time."""
    assert world.authority
    trusted = world.folder / "ca.pem"
    trusted.write_text(str(world.authority.root))
    places = [Place(world.address(number), PORT, str(trusted)) for number in ALL]
    answered: list[int] = []
    is_over = Event()

    def ask_all() -> None:
        while not is_over.wait(0.05):
            answered.append(sum(map(greets, places)))

    client = Thread(target=ask_all)
    client.start()
    try:
        yield answered
    finally:
        is_over.set()
        client.join()


def greets(place: Place) -> bool:
    try:
        with connect(place) as stream:
            stream.sendall(b"\n")
            return stream.recv(100).startswith(b"greeter ")
    except OSError:
        return False


def test_its_code_is_short() -> None:
    assert len((CHARM / "src" / "charm.py").read_text().splitlines()) <= 150


def test_three_units_serve(world: Greeters) -> None:
    assert world.statuses == {0: "active", 1: "active", 2: "active"}
    assert [ask(world, n) for n in ALL] == ["greeter Hello"] * 3


def test_an_option_goes_through_the_units_one_by_one(world: Greeters) -> None:
    world.config = {"greeting": "Good day"}
    world.run(2, lambda on, _: on.config_changed())
    assert world.statuses[2] == "waiting waiting for its turn to restart"
    assert restarts(world) == [1, 1, 1]
    roll(world, lambda: restarts(world) == [2, 2, 2])
    assert [ask(world, n) for n in ALL] == ["greeter Good day"] * 3


def test_one_that_fails_keeps_the_others_on_what_worked(world: Greeters) -> None:
    python = world.units[0].root / "src" / "server.py"
    python.write_text("raise SystemExit(1)")
    world.config = {"greeting": "Good day"}
    for _ in range(4):
        for number in ALL:
            world.run(number, peers_changed)
    assert restarts(world)[1:] == [1, 1]
    assert [ask(world, n) for n in (1, 2)] == ["greeter Hello"] * 2
    assert world.statuses[0].startswith("waiting greeter is still starting up")
    assert world.statuses[1] == world.statuses[2] == "waiting waiting for greeter/0 to serve again"
    world.units[0].machine.exit_often("greeter.service", 3)
    world.run(0, lambda on, _: on.update_status())
    world.run(2, peers_changed)
    assert world.statuses[0].startswith("blocked greeter keeps exiting")
    assert world.statuses[2] == (
        "waiting waiting for greeter/0, which failed: greeter keeps exiting: see its log"
    )


def test_a_password_goes_through_the_units_one_by_one(world: Greeters) -> None:
    assert world.act("set-password", password="open-sesame") == {"greeter-password": "open-sesame"}
    roll(world, lambda: restarts(world) == [2, 2, 2])
    assert [ask(world, n, "open-sesame") for n in ALL] == ["greeter Hello, friend"] * 3


def test_certificates_keys_and_another_ca_are_taken_while_it_runs(world: Greeters) -> None:
    world.certify()
    assert set(world.statuses.values()) == {"active"}
    assert [ask(world, n) for n in ALL] == ["greeter Hello"] * 3
    counts, first = restarts(world), [shown(world, n) for n in ALL]
    world.act("set-tls-private-key", number=1)
    for number in ALL:
        world.run(number, certificates_changed)
    world.settle()
    assert [shown(world, n) == first[n] for n in ALL] == [True, False, True]
    before = [shown(world, n) for n in ALL]
    world.authority = CA()
    world.certify()
    assert not set(before) & {shown(world, n) for n in ALL}
    assert [ask(world, n) for n in ALL] == ["greeter Hello"] * 3
    for number in ALL:
        unit = world.units[number]
        trusted = unit.storage.get_filesystem(unit.context) / "conf" / "truststore.pem"
        assert trusted.read_text().count("BEGIN CERTIFICATE") == 1, "the old one is forgotten"
    assert restarts(world) == counts


def test_the_watcher_tells_juju_of_a_server_that_hangs_and_of_its_recovery(
    world: Greeters,
) -> None:
    machine = world.units[1].machine
    os.killpg(machine.pid("greeter.service"), signal.SIGSTOP)
    wait_until(lambda: machine.told, what="a word on the hanging")
    assert "hooks/server-changed" in machine.told[0]
    world.run(1, lambda on, _: on.update_status())
    assert world.statuses[1] == "blocked greeter does not answer"
    already = len(machine.told)
    os.killpg(machine.pid("greeter.service"), signal.SIGCONT)
    wait_until(lambda: len(machine.told) > already, what="a word on the recovery")
    world.run(1, lambda on, _: on.update_status())
    assert world.statuses[1] == "active"


def test_a_unit_that_leaves_stops_its_server_and_its_watcher(world: Greeters) -> None:
    machine = world.units[2].machine
    world.remove_unit(2)
    assert machine.calls[-2:] == [
        "disable --now greeter-watcher.service",
        "disable --now greeter.service",
    ]
    world.settle()
    assert world.statuses == {0: "active", 1: "active"}


def test_who_asks_through_tls_is_always_answered_while_units_restart_come_and_go(
    world: Greeters,
) -> None:
    world.certify()
    world.settle()
    before = restarts(world)
    with asking(world) as answered:
        world.config = {"greeting": "Good day"}
        roll(world, lambda: restarts(world) == [count + 1 for count in before])
        world.act("set-password", password="open-sesame")
        roll(world, lambda: restarts(world) == [count + 2 for count in before])
        world.act("set-tls-private-key", number=1)
        world.settle()
        world.remove_unit(2)
        world.add_unit(3)
        world.certify()
        wait_until(lambda: answered[-1:] == [2], what="an answer of those that stay")
    assert min(answered) >= 1, "never all away"
    assert set(world.statuses.values()) == {"active"}
    here = [ask(world, number, "open-sesame") for number in (0, 1, 3)]
    assert here == ["greeter Good day, friend"] * 3
