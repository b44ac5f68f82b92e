"""Real servers, started by what the charm renders, on addresses of their own."""

import os
import shutil
import signal
import socket
import ssl
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("puresasl", reason="kazoo logs in with it")

from kafkastack_charms.testing.ca import CA
from kafkastack_charms.watcher import Place, answers
from kazoo.exceptions import KazooException, NoAuthError
from kazoo.handlers.threading import KazooTimeoutError

from tests.charms.zookeeper.modules import probe
from tests.charms.zookeeper.world import (
    CERTIFICATES,
    KAFKA,
    World,
    certificates_changed,
    peers_changed,
)
from tests.fakes.waiting import wait_until

# CPython's wrap_socket leaves its socket to the collector where the peer resets it at once.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")


def restarts(world: World, number: int = 0) -> int:
    return world.units[number].machine.calls.count("restart zookeeper.service")


def ask(world: World, number: int = 0) -> str | None:
    said = answers(Place(world.units[number].address, 2181), probe.srvr)
    return probe.mode(str(said or ""))


def spoken(world: World, port: int, only: ssl.TLSVersion) -> str | None:
    """Return the version that a client which speaks no other agrees on with the first unit."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = only
    address = (world.units[0].address, port)
    with socket.create_connection(address, 5) as plain, context.wrap_socket(plain) as encrypted:
        return encrypted.version()


def logins(world: World, number: int) -> str:
    """Return whom a server lets in, and what it logs in to the others with."""
    return world.units[number].read("conf/jaas.conf")


def take_turns(world: World) -> None:
    """Deliver what changed to each of three units once; two of them serve all the time."""
    for number in range(3):
        world.run(number, peers_changed)
    working = [n for n in range(3) if world.unit_data[n].get("serves") == "true"]
    assert len(working) >= 2, "one at a time"
    assert world.hooks < 400, f"the units never agree: {world.statuses}"


def wait_for(condition: Callable[[], object], what: str) -> None:
    wait_until(condition, what=what)


@pytest.fixture
def one(world: World) -> World:
    world.add_unit(0)
    return world


@pytest.fixture
def three(world: World) -> World:
    for number in range(3):
        world.add_unit(number)
    world.settle()
    return world


def test_an_anonymous_client_is_refused_and_the_user_owns_its_chroot_only(one: World) -> None:
    one.integrate(7, KAFKA)
    one.integrate(9, KAFKA | {"database": "/other"})
    one.settle()
    with one.log_in(7) as kafka:
        kafka.create("/kafka/brokers", b"x", makepath=True)
        for path in ("/other", "/"):
            with pytest.raises(NoAuthError):
                kafka.create(f"{path.rstrip('/')}/mine", b"")
            with pytest.raises(NoAuthError):
                kafka.get_children(path)
    for attempt in ("get", "get_children", "exists", "delete"):
        with one.log_in() as nobody, pytest.raises(KazooException):
            getattr(nobody, attempt)("/kafka/brokers")
    with one.log_in() as nobody, pytest.raises(KazooException):
        nobody.create("/kafka/evil", b"")
    with one.log_in(7) as kafka:
        assert kafka.get_children("/kafka") == ["brokers"]
    assert restarts(one) == 1, "a new user needs no restart"


# kazoo's own thread ends with an exception when the server refuses its login
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_removed_relation_takes_its_user_along_and_the_next_one_inherits(one: World) -> None:
    one.integrate(7, KAFKA)
    one.settle()
    with one.log_in(7) as kafka:
        kafka.create("/kafka/brokers", b"kept")
    old = one.answer(7)
    one.remove_relation(7)
    assert one.statuses == {0: "active"}
    one.clients[7] = ({}, old)
    with pytest.raises((KazooException, KazooTimeoutError)), one.log_in(7) as gone:
        gone.get("/kafka/brokers")
    del one.clients[7]
    one.integrate(11, KAFKA)
    one.settle()
    with one.log_in(11) as kafka:
        assert kafka.get("/kafka/brokers")[0] == b"kept"
        kafka.set("/kafka/brokers", b"changed")


def test_three_units_form_a_quorum_that_survives_its_leader(three: World) -> None:
    assert three.statuses == {0: "active", 1: "active", 2: "active"}
    assert sorted(ask(three, n) or "" for n in range(3)) == ["follower", "follower", "leader"]
    assert [restarts(three, n) for n in range(3)] == [1, 1, 1]
    three.integrate(7, KAFKA)
    three.settle()
    assert three.answer(7)["endpoints"] == ",".join(f"{three.address(n)}:2181" for n in range(3))
    first = next(n for n in range(3) if ask(three, n) == "leader")
    other = (first + 1) % 3
    os.killpg(three.units[first].machine.pid("zookeeper.service"), signal.SIGKILL)
    with three.log_in(7, other) as kafka:
        wait_for(lambda: ask(three, other), "another leader")
        kafka.retry(kafka.create, "/kafka/after", b"")


def test_units_leave_one_by_one_and_the_last_one_goes_on(three: World) -> None:
    for number in (0, 1):
        three.remove_unit(number)
        three.settle()
    assert three.statuses == {2: "active"}
    assert ask(three, 2) == "leader"
    three.add_unit(3)
    three.settle()
    assert three.statuses == {2: "active", 3: "active"}


def test_a_unit_that_was_killed_is_tidied_away_by_the_leader(three: World) -> None:
    os.killpg(three.units[2].machine.pid("zookeeper.service"), signal.SIGKILL)
    three.machines.append(three.units.pop(2).machine)
    del three.unit_data[2]
    three.planned = 2
    three.settle()
    assert three.statuses == {0: "active", 1: "active"}
    members = three.units[0].folder.rglob("zoo.cfg.dynamic.*")
    newest = max(members, key=lambda path: path.stat().st_mtime_ns)
    wait_for(lambda: "server.3" not in newest.read_text(), "a quorum without it")


def test_options_go_through_the_units_in_order(three: World) -> None:
    three.config = {"log-level": "DEBUG", "tick-time": 1000}
    three.run(2, lambda on, _: on.config_changed())
    assert three.statuses[2] == "waiting waiting for its turn to restart"
    assert [restarts(three, n) for n in range(3)] == [1, 1, 1]
    three.settle()
    assert three.statuses == {0: "active", 1: "active", 2: "active"}
    assert [restarts(three, n) for n in range(3)] == [2, 2, 2]


def test_another_jar_goes_through_the_servers_and_one_that_is_none_replaces_nothing(
    three: World,
) -> None:
    other = three.folder / "other"
    other.mkdir()
    (other / "lib").symlink_to(three.jar.parent / "lib")
    jar = Path(shutil.copyfile(three.jar, other / "zookeeper.jar"))
    with zipfile.ZipFile(jar, "a") as archive:
        archive.writestr("another", "")
    for unit in three.units.values():
        unit.jar = jar
    three.run(2, lambda on, _: on.upgrade_charm())
    assert three.statuses[2] == "waiting waiting for its turn to restart"
    assert [restarts(three, n) for n in range(3)] == [1, 1, 1]
    three.settle()
    assert [restarts(three, n) for n in range(3)] == [2, 2, 2]
    assert set(three.statuses.values()) == {"active"}
    none = three.folder / "none.jar"
    none.write_text("this is no jar")
    for unit in three.units.values():
        unit.jar = none
    three.run(0, lambda on, _: on.upgrade_charm())
    assert three.statuses[0].startswith(
        "blocked resource zookeeper cannot be run, the one before is: Error: "
    )
    assert [restarts(three, n) for n in range(3)] == [2, 2, 2]
    assert ask(three, 0)
    three.units[0].jar = jar
    three.run(0, lambda on, _: on.upgrade_charm())
    assert (three.statuses[0], restarts(three)) == ("active", 2)


@pytest.mark.parametrize(
    ("user", "rounds"), [("super", 1), pytest.param("sync", 3, marks=pytest.mark.slow)]
)
def test_passwords_rotate_through_all_units(three: World, user: str, rounds: int) -> None:
    key, new = f"{user}-password", "a-New/Pass;word'1"
    old = three.act(f"get-{key}")[key]
    assert three.act("set-password", username=user, password=new) == {key: new}
    while not all(new in logins(three, n) and old not in logins(three, n) for n in range(3)):
        take_turns(three)
    assert [restarts(three, n) for n in range(3)] == [1 + rounds] * 3
    assert three.act(f"get-{key}", number=1) == {key: new}
    for number in range(3):
        wait_for(lambda number=number: ask(three, number), "a quorum with the new password")
    three.settle()
    assert three.statuses == {0: "active", 1: "active", 2: "active"}


def test_one_unit_speaks_tls_and_goes_back(one: World) -> None:
    one.integrate(7, KAFKA)
    one.settle()
    one.certify()
    told = one.answer(7)
    assert (told["tls"], told["endpoints"]) == ("enabled", f"{one.address(0)}:2182")
    with one.log_in(7) as kafka:
        kafka.create("/kafka/encrypted", b"")
    assert spoken(one, 2182, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    assert spoken(one, 2182, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    assert ask(one) == "leader", "clients that have not moved yet are not cut off"
    one.run(0, lambda on, _: on.update_status())
    assert ask(one) is None, "the plain port is closed"
    assert one.statuses == {0: "active"}
    one.remove_relation(CERTIFICATES)
    told = one.answer(7)
    assert (told["tls"], told["endpoints"]) == ("disabled", f"{one.address(0)}:2181")
    assert "tls-ca" not in told
    with one.log_in(7) as kafka:
        assert kafka.exists("/kafka/encrypted")


@pytest.mark.slow  # about 25 restarts, one by one
def test_a_quorum_moves_to_tls_and_back_without_losing_itself(three: World) -> None:
    three.integrate(7, KAFKA)
    three.certify()
    assert three.statuses == {0: "active", 1: "active", 2: "active"}
    assert {data["stage"] for data in three.unit_data.values()} == {"3"}
    with three.log_in(7, 2) as kafka:
        kafka.create("/kafka/encrypted", b"")
    assert spoken(three, 3888, ssl.TLSVersion.TLSv1_3) == "TLSv1.3", "the quorum's elections"
    three.add_unit(3)
    assert three.statuses[3] == "waiting unit waiting for signed certificates"
    three.certify()
    assert set(three.statuses.values()) == {"active"}
    three.remove_relation(CERTIFICATES)
    assert set(three.statuses.values()) == {"active"}
    assert {data["stage"] for data in three.unit_data.values()} == {"0"}


@pytest.mark.slow
def test_another_ca_goes_through_the_servers_one_by_one(three: World) -> None:
    three.integrate(7, KAFKA)
    three.certify()
    addresses = [(three.units[n].address, port) for n in range(3) for port in (2182, 3888)]
    before = [ssl.get_server_certificate(address) for address in addresses]
    counts = [restarts(three, n) for n in range(3)]
    old = three.answer(7)["tls-ca"]
    three.authority = CA()
    for number in range(3):
        three.run(number, certificates_changed)
    while [restarts(three, n) for n in range(3)] != [count + 1 for count in counts]:
        take_turns(three)
    three.settle()
    assert three.statuses == {0: "active", 1: "active", 2: "active"}

    def shown() -> list[str]:
        return [ssl.get_server_certificate(address) for address in addresses]

    wait_for(lambda: not set(before) & set(shown()), "another certificate everywhere")
    told = three.answer(7)
    assert told["tls-ca"].count("BEGIN CERTIFICATE") == 1
    assert told["tls-ca"] != old
    for number in range(3):
        with three.log_in(7, number) as kafka:
            assert kafka.exists("/kafka")
    leader = next(n for n in range(3) if three.unit_data[n].get("goes-last"))
    os.killpg(three.units[leader].machine.pid("zookeeper.service"), signal.SIGKILL)
    other = (leader + 1) % 3
    with three.log_in(7, other) as kafka:
        kafka.create("/kafka/by-another-leader", b"")


def test_a_deep_tree_goes_from_one_client_to_the_next(one: World) -> None:
    one.integrate(7, KAFKA)
    one.settle()
    path = "/kafka" + "/x" * 1100
    with one.log_in(7) as kafka:
        kafka.ensure_path(path)
    one.remove_relation(7)
    one.integrate(8, KAFKA)
    one.settle()
    assert one.statuses == {0: "active"}
    with one.log_in(8) as kafka:
        kafka.set(path, b"mine now")


def test_no_password_is_in_an_argv_or_a_readable_file(one: World) -> None:
    one.integrate(7, KAFKA)
    one.settle()
    secrets = [one.answer(7)["password"], one.act("get-super-password")["super-password"]]
    unit = one.units[0]
    argv = Path(f"/proc/{unit.machine.pid('zookeeper.service')}/cmdline").read_text()
    assert not any(secret in argv for secret in secrets)
    files = {f for folder in (unit.folder, unit.root) for f in folder.rglob("*") if f.is_file()}
    holding = [f for f in files if any(secret.encode() in f.read_bytes() for secret in secrets)]
    assert holding, "the configuration has them"
    assert [path for path in holding if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_the_watcher_tells_juju_of_a_death_and_a_recovery(one: World) -> None:
    machine = one.units[0].machine
    told = f"zookeeper/0 JUJU_DISPATCH_PATH=hooks/server-changed {one.units[0].root}/dispatch"
    os.killpg(machine.pid("zookeeper.service"), signal.SIGKILL)
    wait_for(lambda: machine.told == [told], "a word on the death")
    one.run(0, lambda on, _: on.config_changed())
    assert one.statuses[0] == "blocked zookeeper service is unreachable or not serving requests"
    machine.run("restart", "zookeeper.service")
    wait_for(lambda: machine.told == [told] * 2, "a word on the recovery")
    one.run(0, lambda on, _: on.config_changed())
    assert one.statuses == {0: "active"}
