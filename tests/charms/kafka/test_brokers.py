"""Real brokers, started by what the charm renders, on addresses of their own."""

import json
import os
import signal
import socket
import ssl
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("puresasl", reason="kazoo logs in with it")

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ConfigResource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)
from kafkastack_charms.credentials import derive_password
from kazoo.exceptions import KazooException, NoAuthError
from ops import testing

from kafkastack.tutorial.checks.clients import try_produce
from tests.charms.kafka.conftest import serve
from tests.charms.kafka.modules import records
from tests.charms.kafka.modules import zookeeper as metadata
from tests.charms.kafka.unit import ASKED
from tests.charms.kafka.world import (
    CERTIFICATES,
    METADATA,
    World,
    certificates_changed,
    server_changed,
)
from tests.charms.zookeeper import modules as zookeeper
from tests.fakes.waiting import wait_until

# CPython's wrap_socket leaves its socket to the collector where the peer resets it at once.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")

OTHER = {"database": "/other", "extra-user-roles": "cdrwa"}
CANARY = "__canary-0"


def wait_for(condition: Callable[[], object], what: str) -> None:
    wait_until(condition, what=what)


def listens(world: World, port: int, number: int = 0) -> bool:
    try:
        socket.create_connection((world.units[number].address, port), 2).close()
    except OSError:
        return False
    return True


def settings(told: dict[str, str]) -> dict[str, Any]:
    """Return the settings of a client that was told this."""
    encrypted = {"security.protocol": "SASL_SSL", "ssl.ca.pem": told.get("tls-ca", "")}
    return {
        "bootstrap.servers": told["endpoints"],
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": told["username"],
        "sasl.password": told["password"],
        "log_level": 0,
        **(encrypted if told["tls"] == "enabled" else {}),
    }


def admin(world: World, number: int = 0) -> dict[str, Any]:
    """Return the settings of the user admin on the internal listener."""
    shown = world.act("get-admin-credentials", number)
    lines = shown["client-properties"].splitlines()
    servers = next(line for line in lines if line.startswith("bootstrap.servers="))
    told = {"endpoints": servers.partition("=")[2], "tls": "disabled"}
    return settings({**told, "username": shown["username"], "password": shown["password"]})


def produce(told: dict[str, str], topic: str = "test-topic") -> int:
    """Return the code of the error of one message, 0 when it was acknowledged."""
    error = try_produce(settings(told), topic)
    return error.code() if error else 0


def make_topic(told: dict[str, str], topic: str = "test-topic", copies: int = 1) -> None:
    client: Any = AdminClient(settings(told))
    try:
        client.create_topics([NewTopic(topic, 3, copies)])[topic].result(15)
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise


def test_a_client_may_do_what_it_was_given_and_nothing_else(served: World) -> None:
    told = served.answer(8)
    make_topic(told)
    assert produce(told) == 0
    assert produce(told, "somebody-elses") == KafkaError.TOPIC_AUTHORIZATION_FAILED
    assert produce({**told, "password": "wrong"}) == KafkaError._AUTHENTICATION


def test_doors_open_and_close_with_their_clients_without_a_restart(world: World) -> None:
    world.add_unit(0)
    world.settle()
    assert not listens(world, 9092), "nobody has asked for it"
    world.integrate(8, ASKED)
    world.settle()
    wait_for(lambda: listens(world, 9092), "an open door")
    told = world.answer(8)
    world.remove_relation(8)
    world.settle()
    wait_for(lambda: not listens(world, 9092), "a closed door")
    internal = {**told, "endpoints": f"{world.units[0].address}:19092"}
    assert produce(internal) == KafkaError._AUTHENTICATION, "its user is gone"
    assert world.restarts() == 1


def test_the_operators_programs_work_and_say_nothing_else(served: World) -> None:
    unit = served.units[0]
    broker = f"{unit.address}:19092"
    settings_file = unit.folder / "conf" / "client.properties"
    done = subprocess.run(
        [
            unit.root / "bin" / "charmed-kafka.topics",
            *("--list", "--bootstrap-server", broker, "--command-config", settings_file),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert CANARY in done.stdout.splitlines()


# kazoo's own thread ends with an exception when the server closes the session
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_users_and_rules_in_zookeeper_are_closed_to_others(served: World) -> None:
    users = ["/kafka/config/users", "/kafka/config/users/admin", "/kafka/config/users/relation-8"]
    rules = ["/kafka/kafka-acl", "/kafka/kafka-acl/Topic/test-topic"]
    served.zookeeper.integrate(9, OTHER)
    served.zookeeper.settle()
    with served.zookeeper.enter(METADATA) as kafka:
        assert all(kafka.exists(path) for path in users + rules)
    for path in users + rules:
        for attempt, *words in (("get",), ("set", b""), ("set_acls", []), ("delete",)):
            with served.zookeeper.enter() as nobody, pytest.raises(KazooException):
                getattr(nobody, attempt)(path, *words)
    with served.zookeeper.enter(9) as stranger:
        for path in users:
            with pytest.raises(NoAuthError):
                stranger.get(path)
        for path in users + rules:
            with pytest.raises(NoAuthError):
                stranger.set(path, b"")
        with pytest.raises(NoAuthError):
            stranger.create("/kafka/config/users/me", b"")
    with served.zookeeper.enter(METADATA) as kafka:
        assert all(kafka.exists(path) for path in users + rules), "nobody has removed any"


def test_nobody_gets_the_offsets_or_the_groups_of_others(served: World) -> None:
    """The request that read others' offsets, and committed into their groups."""
    attack = {"topic": "__consumer_offsets", "consumer-group-prefix": "relation-"}
    served.integrate(12, ASKED | attack)
    served.integrate(13, ASKED | {"topic": "mine", "consumer-group-prefix": "relation-8"})
    served.settle()
    status = served.statuses[0]
    client: Any = AdminClient(admin(served))
    everybody = AclBindingFilter(
        *(ResourceType.ANY, None, ResourcePatternType.ANY, None, None),
        *(AclOperation.ANY, AclPermissionType.ANY),
    )
    principals = {acl.principal for acl in client.describe_acls(everybody).result(10)}
    users = client.describe_user_scram_credentials().result(10).keys()
    for number in (12, 13):
        assert list(served.clients[number][1]) == ["status"]
        assert f"User:relation-{number}" not in principals
        assert f"relation-{number}" not in users
        assert f"relation {number} (client-{number}): " in status
        served.remove_relation(number)
    served.settle()
    assert served.statuses == {0: "active"}


def test_a_broker_hears_of_users_that_are_written_when_it_has_begun(served: World) -> None:
    """ZooKeeper was away when they were to be written, and no broker ever let another one in."""
    told = served.zookeeper.answer(METADATA)
    hosts = tuple(told["endpoints"].split(","))
    offer = metadata.Offer(METADATA, hosts, "/kafka", told["username"], told["password"])
    with records.open_metadata(offer, "") as opened:
        opened.write_users({"late": "a-password"})
    login = {**served.answer(8), "username": "late", "password": "a-password"}
    refused = KafkaError.TOPIC_AUTHORIZATION_FAILED
    wait_for(lambda: produce(login, "any") == refused, "a login that is known")


def test_many_requests_are_made_and_taken_back_by_few_questions(served: World) -> None:
    """A thousand were made in 99 s once, and 280 s did not suffice to take them back."""
    entry = {"salt": "s", "extra-user-roles": "producer,consumer"}
    requests = [{**entry, "resource": f"t{n}", "request-id": f"r{n}"} for n in range(1000)]
    served.integrate(14, {"version": "v1", "requests": json.dumps(requests)})
    served.settle()
    client: Any = AdminClient(admin(served))
    names = client.describe_user_scram_credentials().result(10).keys()
    assert sum(name.startswith("relation-14-") for name in names) == 25
    served.remove_relation(14)
    served.settle()
    names = client.describe_user_scram_credentials().result(10).keys()
    assert not [name for name in names if name.startswith("relation-14-")]
    assert produce(served.answer(8), "somebody-elses") == KafkaError.TOPIC_AUTHORIZATION_FAILED


# kazoo's own thread ends with an exception when the server closes the session
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("asked", ["/kafka", "/kafka/config/users"])
def test_nobody_gets_the_chroot_of_kafka(served: World, asked: str) -> None:
    """The request that read the admin's password record, and wrote another's."""
    served.zookeeper.integrate(15, OTHER | {"database": asked})
    served.zookeeper.settle()
    assert list(served.zookeeper.clients[15][1]) == ["status"]
    (status,) = served.zookeeper.statuses.values()
    assert f"relation 15 (kafka): database '{asked}' belongs to relation {METADATA}" in status
    # Even who learns the password of that user, as nobody is told, reads nothing.
    key = served.zookeeper.credentials["users-key"]
    with zookeeper.as_dispatched():
        word = derive_password(key, "relation-15")
    served.zookeeper.clients[15] = ({}, {"username": "relation-15", "password": word})
    for path in ("/kafka", "/kafka/config/users/admin"):
        for attempt, *words in (("get",), ("get_children",), ("set", b""), ("delete",)):
            with served.zookeeper.enter(15) as stranger, pytest.raises(NoAuthError):
                getattr(stranger, attempt)(path, *words)
    del served.zookeeper.clients[15]
    with served.zookeeper.enter(METADATA) as kafka:
        assert kafka.exists("/kafka/config/users/admin")


def test_the_canary_is_small_and_the_operators(served: World) -> None:
    client: Any = AdminClient(admin(served))
    topic = client.list_topics(timeout=10).topics[CANARY]
    assert {n: p.replicas for n, p in topic.partitions.items()} == {0: [0]}
    resource = ConfigResource(ConfigResource.Type.TOPIC, CANARY)
    found = client.describe_configs([resource])[resource].result(10)
    assert int(found["retention.bytes"].value) <= 2**20
    assert int(found["retention.ms"].value) <= 3_600_000
    assert CANARY not in AdminClient(settings(served.answer(8))).list_topics(timeout=10).topics


def test_no_password_is_in_an_argv_or_a_readable_file(served: World) -> None:
    unit = served.units[0]
    words = [
        served.answer(8)["password"],
        served.act("get-admin-credentials")["password"],
        served.zookeeper.answer(METADATA)["password"],
        *(word for secret in served.secrets.values() for word in secret.tracked_content.values()),
    ]
    secrets = {word for word in words if len(word) >= 32 and "BEGIN" not in word}
    assert len(secrets) >= 4
    for service in ("kafka.service", "kafka-watcher.service"):
        argv = Path(f"/proc/{unit.machine.pid(service)}/cmdline").read_text()
        assert not any(secret in argv for secret in secrets)
    files = {f for folder in (unit.folder, unit.root) for f in folder.rglob("*") if f.is_file()}
    holding = [f for f in files if any(secret.encode() in f.read_bytes() for secret in secrets)]
    assert holding, "the configuration has them"
    assert [path for path in holding if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
    logs = [path for path in files if path.parts[-2] == "logs"]
    assert logs and not set(logs) & set(holding)


@pytest.mark.parametrize("user", ["admin", "sync"])
def test_passwords_rotate_on_a_running_broker(served: World, user: str) -> None:
    before = admin(served)
    word = f"a-New/Pass;word'of={user}"
    results = served.act("set-password", username=user, password=word)
    assert results == {f"{user}-password": word}
    served.settle()
    assert served.statuses == {0: "active"}
    refused = try_produce(before, CANARY)
    assert (refused is not None) == (user == "admin"), "the old one is refused"
    assert try_produce(admin(served), CANARY) is None
    make_topic(served.answer(8))
    assert produce(served.answer(8)) == 0


def test_the_watcher_tells_juju_of_a_death_and_a_recovery(world: World) -> None:
    serve(world)
    machine = world.units[0].machine
    told = f"kafka/0 JUJU_DISPATCH_PATH=hooks/server-changed {world.units[0].root}/dispatch"
    already = len(machine.told)
    os.killpg(machine.pid("kafka.service"), signal.SIGKILL)
    wait_for(lambda: len(machine.told) > already, "a word on the death")
    assert set(machine.told) == {told}
    world.run(0, server_changed)
    assert world.statuses[0] == "blocked Broker not running"
    already = len(machine.told)
    # More than once, as a broker that comes back before its session has ended is refused.
    wait_for(lambda: world.revive() or len(machine.told) > already, "a word on the recovery")
    world.settle()
    assert produce(world.answer(8), "nothing-there") == KafkaError.TOPIC_AUTHORIZATION_FAILED


@pytest.mark.parametrize("first", ["kafka", pytest.param("zookeeper", marks=pytest.mark.slow)])
def test_one_broker_speaks_tls_and_goes_back(world: World, first: str) -> None:
    serve(world)
    steps = {"kafka": world.certify, "zookeeper": world.certify_zookeeper}
    make_topic(world.answer(8))
    steps.pop(first)()
    (second,) = steps.values()
    second()
    world.settle()
    assert world.restarts() == 2, "both were encrypted by one restart"
    told = world.answer(8)
    assert (told["tls"], told["endpoints"]) == ("enabled", f"{world.units[0].address}:9093")
    assert "BEGIN CERTIFICATE" in told["tls-ca"]
    assert produce(told) == 0
    assert listens(world, 9093)
    assert not listens(world, 9092)
    assert world.states[0].opened_ports == _ports(9093, 19093)
    world.remove_relation(CERTIFICATES)
    world.zookeeper.remove_relation(CERTIFICATES)
    world.zookeeper.run_update_status()
    world.settle()
    assert world.restarts() == 3
    told = world.answer(8)
    assert (told["tls"], told["endpoints"]) == ("disabled", f"{world.units[0].address}:9092")
    assert produce(told) == 0


def _ports(*numbers: int) -> frozenset[Any]:
    return frozenset(testing.TCPPort(number) for number in numbers)


@pytest.mark.slow
def test_three_brokers_serve_together_and_one_leaves(world: World) -> None:
    for number in range(3):
        world.add_unit(number)
    world.integrate(8, ASKED)
    world.settle()
    told = world.answer(8)
    assert told["endpoints"] == ",".join(f"{world.address(n)}:9092" for n in range(3))
    make_topic(told, copies=3)
    assert produce(told) == 0
    client: Any = AdminClient(admin(world))
    topics = client.list_topics(timeout=10).topics
    homes = {n: topics[f"__canary-{n}"].partitions[0].replicas for n in range(3)}
    assert homes == {0: [0], 1: [1], 2: [2]}
    assert json.loads(world.app_data["granted"]).keys() == {"relation-8"}
    os.killpg(world.units[2].machine.pid("kafka.service"), signal.SIGTERM)
    assert produce(told) == 0, "two copies of three are enough"


def shown(world: World, number: int = 0, port: int = 9093) -> str:
    """Return the certificate that a broker shows."""
    return ssl.get_server_certificate((world.units[number].address, port))


@pytest.fixture
def encrypted(world: World) -> World:
    """Three brokers that speak TLS, with a client and a topic of three copies."""
    for number in range(3):
        world.add_unit(number)
    world.integrate(8, ASKED)
    world.certify_zookeeper()
    world.certify()
    world.settle()
    make_topic(world.answer(8), copies=3)
    return world


@pytest.mark.slow
def test_no_broker_is_restarted_for_another_certificate_key_or_ca(encrypted: World) -> None:
    before = [shown(encrypted, n) for n in range(3)]
    restarts = [encrypted.restarts(n) for n in range(3)]
    for number in range(3):
        encrypted.act("set-tls-private-key", number)
        encrypted.run(number, certificates_changed)
    encrypted.settle()
    renewed = [shown(encrypted, n) for n in range(3)]
    assert not set(before) & set(renewed)
    assert produce(encrypted.answer(8)) == 0
    old = encrypted.answer(8)
    encrypted.renew_ca()
    encrypted.settle()
    assert not set(renewed) & {shown(encrypted, n) for n in range(3)}
    told = encrypted.answer(8)
    assert told["tls-ca"] != old["tls-ca"]
    assert told["tls-ca"].count("BEGIN CERTIFICATE") == 1, "nobody trusts the old one any more"
    assert produce(told) == 0
    assert produce(old) != 0, "who trusts only the old one"
    client: Any = AdminClient(settings(told))
    in_sync = client.list_topics("test-topic", timeout=10).topics["test-topic"].partitions
    assert all(len(partition.isrs) == 3 for partition in in_sync.values()), "brokers, too"
    assert [encrypted.restarts(n) for n in range(3)] == restarts


def test_a_running_broker_takes_what_kafka_takes_while_it_runs(served: World) -> None:
    restarts = served.restarts()
    served.config = {"log_retention_ms": "7200000", "message_max_bytes": 2_000_000}
    served.settle()
    client: Any = AdminClient(admin(served))
    resource = ConfigResource(ConfigResource.Type.BROKER, "0")

    def found() -> tuple[str, ...]:
        entries = client.describe_configs([resource])[resource].result(10)
        return tuple(entries[name].value for name in ("log.retention.ms", "message.max.bytes"))

    wait_for(lambda: found() == ("7200000", "2000000"), "what was chosen")
    served.config = {}
    served.settle()
    wait_for(lambda: found() == ("-1", "1048588"), "what is the default")
    assert served.restarts() == restarts


@pytest.mark.slow
def test_another_password_of_the_brokers_goes_through_them_one_by_one(world: World) -> None:
    for number in range(3):
        world.add_unit(number)
    world.integrate(8, ASKED)
    world.settle()
    make_topic(world.answer(8), copies=3)
    assert world.act("set-password", username="sync", password="other")
    seen: list[list[int]] = []
    while world.restarts(2) < 2:
        world.turn()
        seen.append([world.restarts(n) for n in range(3)])
        working = [n for n in range(3) if world.unit_data[n].get("serves") == "true"]
        assert len(working) >= 2, "one at a time"
        assert produce(world.answer(8)) == 0
    world.settle()
    assert seen[0] in ([1, 1, 1], [2, 1, 1])
    assert all(counts == sorted(counts, reverse=True) for counts in seen), "in order"
    assert world.restarts(2) == 2
    told = {**settings(world.answer(8)), "sasl.username": "sync", "sasl.password": "other"}
    assert try_produce({**told, "bootstrap.servers": f"{world.address(0)}:19092"}, CANARY) is None
