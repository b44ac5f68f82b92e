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

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)
from kafkastack_charms.credentials import derive_password
from kafkastack_charms.kafka import probe
from kafkastack_charms.watcher import Place, answers, bound
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


def test_listeners_open_and_close_with_their_clients_without_a_restart(world: World) -> None:
    world.add_unit(0)
    world.settle()
    assert not listens(world, 9092), "nobody has asked for it"
    world.integrate(8, ASKED)
    world.settle()
    wait_for(lambda: listens(world, 9092), "an open listener")
    told = world.answer(8)
    world.remove_relation(8)
    world.settle()
    wait_for(lambda: not listens(world, 9092), "a closed listener")
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
        password = derive_password(key, "relation-15")
    served.zookeeper.clients[15] = ({}, {"username": "relation-15", "password": password})
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
    password = f"a-New/Pass;word'of={user}"
    results = served.act("set-password", username=user, password=password)
    assert results == {f"{user}-password": password}
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


@pytest.mark.slow
def test_a_broker_outlives_the_zookeeper_that_was_the_only_one(world: World) -> None:
    serve(world)
    for number in (1, 2):
        world.zookeeper.add_unit(number)
        world.zookeeper.settle()
    world.settle()
    members = {f"{world.zookeeper.address(n)}:2181" for n in range(3)}
    known = world.units[0].properties["zookeeper.connect"]
    assert set(known.removesuffix("/kafka").split(",")) == members
    assert world.restarts() == 2, "it knew no majority of them"
    first = world.zookeeper.units[0].machine
    os.killpg(first.pid("zookeeper.service"), signal.SIGKILL)
    client: Any = AdminClient(admin(world))
    wanted = [NewTopic("needs-metadata", 1, 1)]  # which only ZooKeeper keeps
    client.create_topics(wanted, request_timeout=30)["needs-metadata"].result(40)
    wait_for(lambda: serves(world, 0), "a broker that is known")
    make_topic(world.answer(8))
    assert produce(world.answer(8)) == 0
    assert world.restarts() == 2


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


def serves(world: World, number: int) -> bool:
    """Report what the watcher of a broker hears."""
    unit = world.units[number]
    conf, is_open = unit.folder / "conf", ":19092" in unit.properties["listeners"]
    port, ca = (19092, "") if is_open else (19093, str(conf / "truststore.pem"))
    place = Place(unit.address, port, ca, str(conf / "broker.login"))
    return bool(answers(place, bound(probe.ask, place)))


@pytest.mark.slow
def test_a_broker_that_zookeeper_has_lost_is_told_and_taken_back(world: World) -> None:
    for number in range(2):
        world.add_unit(number)
    world.settle()
    wait_for(lambda: serves(world, 0) and serves(world, 1), "an answer of both")
    cluster: Any = AdminClient(admin(world))
    controller = cluster.list_topics(timeout=10).controller_id
    lost = 1 - controller
    with world.zookeeper.enter(METADATA) as kafka:
        kafka.delete(f"/kafka/brokers/ids/{lost}")
    wait_for(lambda: not serves(world, lost), "a word on what was lost")
    assert serves(world, controller)
    os.killpg(world.units[lost].machine.pid("kafka.service"), signal.SIGKILL)
    wait_for(lambda: world.revive() or serves(world, lost), "an answer of one that begins anew")


@pytest.mark.slow
def test_a_broker_that_leaves_waits_for_what_only_it_has(world: World) -> None:
    def reassign(_: float) -> None:
        programs, place = world.units[0].root / "bin", f"{world.address(0)}:19092"
        login = world.units[0].folder / "conf" / "client.properties"
        moved = world.folder / "moved.json"
        one = {"topic": "only-here", "partition": 0, "replicas": [0]}
        moved.write_text(json.dumps({"version": 1, "partitions": [one]}))
        command = (programs / "charmed-kafka.reassign-partitions", "--execute")
        where = ("--bootstrap-server", place, "--command-config", login)
        more = ("--reassignment-json-file", moved)
        subprocess.run([*command, *where, *more], check=True, capture_output=True, timeout=60)

    world.add_unit(0)
    world.add_unit(1, wait=staticmethod(reassign))
    world.settle()
    user = admin(world)
    client: Any = AdminClient(user)
    topic = NewTopic("only-here", 1, replica_assignment=[[1]])
    client.create_topics([topic])["only-here"].result(15)
    producer: Any = Producer({**user, "acks": "all"})
    for number in range(500):
        producer.produce("only-here", str(number))
    assert producer.flush(30) == 0
    leaving = world.units[1]
    leaving.machine.intend({"kafka/0": "active", "kafka/1": "dying"})
    world.run(1, lambda on, _: on.stop())
    told = [status.message for status in leaving.context.unit_status_history]
    assert any(text.startswith("no unit that stays is in sync for only-here-0") for text in told)
    assert "disable --now kafka.service" in leaving.machine.calls
    assert read(world, "only-here", 500) == [str(number) for number in range(500)]


def read(world: World, topic: str, count: int) -> list[str]:
    """Return messages that the first broker gives of the first partition of a topic."""
    group = {"group.id": "any", "auto.offset.reset": "earliest"}
    here = {"bootstrap.servers": f"{world.address(0)}:19092"}
    consumer: Any = Consumer({**admin(world), **here, **group})
    consumer.assign([TopicPartition(topic, 0, 0)])
    found: list[str] = []

    def is_read() -> bool:
        found.extend(one.value().decode() for one in consumer.consume(count, 1) if not one.error())
        return len(found) >= count

    wait_for(is_read, "all messages")
    consumer.close()
    return found


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


def close_port(world: World) -> None:
    """Give the only ZooKeeper time to close a port that nobody needs, by a restart."""
    before = zookeeper_restarts(world)
    world.zookeeper.run_update_status()
    if zookeeper_restarts(world) > before:
        assert are_served(world) == 3, "it waits for the last broker"
        find_zookeeper_again(world)


def find_zookeeper_again(world: World) -> None:
    """Let brokers come back whose sessions have ended while their only ZooKeeper was away."""
    wait_for(lambda: all(serves(world, n) for n in range(3)), "brokers that ZooKeeper knows")


def zookeeper_restarts(world: World) -> int:
    return world.zookeeper.units[0].machine.calls.count("restart zookeeper.service")


def are_served(world: World) -> int:
    """Return how many brokers have said that they serve."""
    return [world.unit_data[n].get("serves") for n in range(3)].count("true")


def change_while_they_serve(world: World, session: str) -> None:
    """Let brokers hear of what was decided until all are there, and see that they serve."""

    def there() -> bool:
        said = [world.unit_data[n] for n in range(3)]
        stage = "3" if session == "tls" else ""
        return all(one["session"] == session and one.get("stage", "") == stage for one in said)

    for _ in range(60):
        world.turn()
        assert are_served(world) >= 2, "one at a time"
        # The only ZooKeeper is restarted, too: a message may wait for that.
        wait_for(lambda: produce(world.answer(8)) == 0, "an acknowledged message")
        close_port(world)
        if there():
            return
    raise AssertionError(f"{world.unit_data}\n{world.statuses}\n{world.complaints}")


@pytest.mark.slow
def test_three_brokers_change_to_tls_and_back_one_by_one(world: World) -> None:
    for number in range(3):
        world.add_unit(number)
    world.integrate(8, ASKED)
    world.settle()
    make_topic(world.answer(8), copies=3)
    world.zookeeper.certify()
    world.certify()
    change_while_they_serve(world, "tls")
    world.settle()
    assert [world.restarts(n) for n in range(3)] == [2, 2, 2]
    told = world.answer(8)
    assert (told["tls"], produce(told)) == ("enabled", 0)
    assert told["endpoints"].count(":9093") == 3
    closed = (9092, 19092)
    assert not any(listens(world, port, n) for n in range(3) for port in closed)
    world.remove_relation(CERTIFICATES)
    world.zookeeper.remove_relation(CERTIFICATES)
    world.turn()  # they hear of it while they have yet to find ZooKeeper again
    find_zookeeper_again(world)
    change_while_they_serve(world, "plain")
    world.settle()
    assert [world.restarts(n) for n in range(3)] == [3, 3, 3]
    told = world.answer(8)
    assert (told["tls"], produce(told)) == ("disabled", 0)
    closed = (9093, 19093)
    assert not any(listens(world, port, n) for n in range(3) for port in closed)


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


def test_what_an_operator_has_set_on_a_running_broker_stays_through_a_restart(
    served: World,
) -> None:
    throttle = "leader.replication.throttled.rate"
    served.config = {"log_retention_ms": "7200000"}
    served.settle()
    alter(served, throttle, "1000000", AlterConfigOpType.SET)
    restarts = served.restarts()
    served.config = {"log_level": "DEBUG"}
    served.settle()
    assert served.restarts() == restarts + 1
    client: Any = AdminClient(admin(served))
    resource = ConfigResource(ConfigResource.Type.BROKER, "0")
    entries = client.describe_configs([resource])[resource].result(10)
    by_hand = ConfigSource.DYNAMIC_BROKER_CONFIG.value
    assert (entries[throttle].value, entries[throttle].source) == ("1000000", by_hand)
    ours = entries["log.retention.ms"]
    assert (ours.value, ours.source == by_hand) == ("-1", False), "its file alone counts"
    alter(served, throttle, None, AlterConfigOpType.DELETE)
    served.config = {}
    served.settle()


def alter(world: World, name: str, value: str | None, how: AlterConfigOpType) -> None:
    """Change a setting of the first broker as kafka-configs does."""
    client: Any = AdminClient(admin(world))
    entry: Any = ConfigEntry(name, value, incremental_operation=how)
    broker = ConfigResource(ConfigResource.Type.BROKER, "0", incremental_configs=[entry])
    for future in client.incremental_alter_configs([broker]).values():
        future.result(10)


@pytest.mark.slow
def test_another_password_of_the_brokers_goes_through_them_one_by_one(world: World) -> None:
    for number in range(3):
        world.add_unit(number)
    world.integrate(8, ASKED)
    world.settle()
    make_topic(world.answer(8), copies=3)
    cluster: Any = AdminClient(admin(world))
    controller = cluster.list_topics(timeout=10).controller_id
    assert world.act("set-password", username="sync", password="other")
    seen: list[list[int]] = []
    while min(world.restarts(n) for n in range(3)) < 2:
        world.turn()
        seen.append([world.restarts(n) for n in range(3)])
        working = [n for n in range(3) if world.unit_data[n].get("serves") == "true"]
        assert len(working) >= 2, "one at a time"
        assert produce(world.answer(8)) == 0
    world.settle()
    assert all(counts[controller] == min(counts) for counts in seen), "the controller last"
    assert [world.restarts(n) for n in range(3)] == [2, 2, 2]
    told = {**settings(world.answer(8)), "sasl.username": "sync", "sasl.password": "other"}
    assert try_produce({**told, "bootstrap.servers": f"{world.address(0)}:19092"}, CANARY) is None
