"""Clients of one real Kafka 4, v0 and v1 at once: each has what it asked for, and no more.

The tests build on each other, in this order, on one model.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
)
from confluent_kafka.admin import AdminClient, NewTopic

from tests.fakes.addresses import reserve_block
from tests.fakes.engine import Answer, Engine, engine
from tests.fakes.pages import DOCS, commands
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until

pytestmark = pytest.mark.slow
_SECONDS = 240.0
_META = """\
name: app
summary: A client whose databag a test writes.
description: A client whose databag a test writes.
requires: {kafka: {interface: kafka_client}}
"""
REQUESTS = (
    {"resource": "orders", "request-id": "of-orders", "extra-user-roles": "producer"},
    {
        "resource": "logs-*",
        "request-id": "of-logs",
        "extra-user-roles": "producer,consumer",
        "consumer-group-prefix": "shared-",
    },
    {
        "resource": "audit",
        "request-id": "of-audit",
        "entity-type": "USER",
        "entity-permissions": [
            {
                "resource_name": "audit",
                "resource_type": "TOPIC",
                "privileges": ["DESCRIBE", "READ"],
            },
            {"resource_name": "auditors", "resource_type": "GROUP", "privileges": ["READ"]},
        ],
    },
)
OF_OLD = {
    "topic": "logs-*",
    "extra-user-roles": "consumer",
    "consumer-group-prefix": "shared-",
    "requested-secrets": '["username", "password", "tls", "tls-ca", "uris"]',
}


class Site:
    """A model with Kafka and its clients."""

    def __init__(self, made: Engine, extra: str) -> None:
        self.engine, self.extra = made, extra

    def __call__(self, *words: str) -> str:
        return self.engine(*words, timeout=_SECONDS)

    def tell(self, app: str, **fields: str) -> None:
        """Write into the databag of a client, as its charm would."""
        words = " ".join(f"'{name.replace('_', '-')}={text}'" for name, text in fields.items())
        self("exec", "-u", f"{app}/0", "--", f"relation-set -r {self.relation(app)} --app {words}")

    def relation(self, app: str) -> str:
        """Return the id of a client's relation, as hook tools write it; "" while there is none."""
        return self("exec", "-u", f"{app}/0", "--", "relation-ids kafka").strip()

    def told(self, app: str) -> dict[str, Any]:
        """Return what Kafka has told a client."""
        words = f"relation-get --format json -r {self.relation(app)} - kafka --app"
        return json.loads(self("exec", "-u", f"{app}/0", "--", words) or "null") or {}

    def secret(self, app: str, uri: str) -> dict[str, str]:
        return json.loads(
            self("exec", "-u", f"{app}/0", "--", f"secret-get --format json --refresh {uri}")
        )

    def entries(self, app: str) -> dict[str, Any]:
        """Return the answers of v1 with the contents of their secrets, by request."""
        found: dict[str, Any] = {}
        for entry in json.loads(self.told(app)["requests"]):
            secrets = (entry[key] for key in ("secret-user", "secret-tls", "secret-extra"))
            contents = [self.secret(app, uri) for uri in secrets if uri]
            found[entry["request-id"]] = {
                **entry,
                **{k: v for c in contents for k, v in c.items()},
            }
        return found

    def flat(self, app: str) -> dict[str, Any]:
        """Return an answer of v0 with the contents of its secrets."""
        told = self.told(app)
        return {**told, **self.secret(app, told["secret-user"])}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server that is all of Kafka, an app that asks as v1, and two that ask as v0."""
    charm = write_charm(
        tmp_path_factory.mktemp("charms"), name="app", files={"metadata.yaml": _META}
    )
    with engine() as made:
        made.bootstrap()
        made_site = Site(made, f"{reserve_block()}.78")
        listener = f"extra-listeners={made_site.extra}:31000"
        roles = "roles=broker,controller"
        made("deploy", "kafka", "--channel", "4/stable", "--config", roles, "--config", listener)
        for app in ("new", "old", "late"):
            made("deploy", str(charm), app)
            made("integrate", f"{app}:kafka", "kafka")
        made.wait_for_idle(count=4, seconds=_SECONDS)
        made_site.tell("new", version="v1", requests=json.dumps(REQUESTS))
        made_site.tell("old", **OF_OLD)
        made_site.tell("late", **{**OF_OLD, "topic": "late", "extra-user-roles": "admin"})
        for app in ("new", "old", "late"):
            wait_until(
                lambda app=app: _is_answered(made_site.told(app)), _SECONDS, f"an answer to {app}"
            )
        yield made_site


def _is_answered(told: dict[str, Any]) -> bool:
    return "secret-user" in told or "requests" in told


def login(told: dict[str, Any], servers: str = "") -> dict[str, Any]:
    return {
        "bootstrap.servers": servers or told["endpoints"],
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": told["username"],
        "sasl.password": told["password"],
        "log_level": 0,
    }


def create(settings: dict[str, Any], topic: str) -> None:
    admin = AdminClient(settings)  # who is not kept ends what it was asked
    admin.create_topics([NewTopic(topic, 1)])[topic].result(30)


def produced(settings: dict[str, Any], topic: str) -> KafkaError | None:
    """Return why a message was not acknowledged, if it was not."""
    failed: list[KafkaError | None] = []
    producer = Producer({**settings, "message.timeout.ms": 60000})
    producer.produce(topic, topic.encode(), on_delivery=lambda error, _: failed.append(error))
    assert producer.flush(90) == 0
    return failed[0]


def consumed(settings: dict[str, Any], topic: str, group: str) -> Message:
    """Return the first message of a topic, or the error, as a member of a group gets it."""
    consumer = Consumer({**settings, "group.id": group, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    try:
        message = consumer.poll(30)
        assert message is not None
        return message
    finally:
        consumer.close()


def read(settings: dict[str, Any], topic: str, group: str) -> bytes | None:
    message = consumed(settings, topic, group)
    assert message.error() is None, message.error()
    return message.value()


def refusal(settings: dict[str, Any], topic: str, group: str) -> int:
    error = consumed(settings, topic, group).error()
    assert error is not None
    return error.code()


def test_each_request_of_v1_has_a_user_of_its_own(site: Site) -> None:
    entries = site.entries("new")
    number = site.relation("new").partition(":")[2]
    assert {one["username"] for one in entries.values()} == {
        f"relation-{number}-{request['request-id']}" for request in REQUESTS
    }
    assert len({one["password"] for one in entries.values()}) == 3
    assert {one["tls"] for one in entries.values()} == {"false"}
    assert entries["of-orders"]["secret-extra"] is None
    assert entries["of-logs"]["consumer-group-prefix"] == "shared-"


def test_a_producer_may_produce_to_its_topic_and_to_no_other(site: Site) -> None:
    orders = login(site.entries("new")["of-orders"])
    create(orders, "orders")
    assert produced(orders, "orders") is None
    refused = produced(orders, "logs-a")
    assert refused is not None
    assert refusal(orders, "orders", "shared-1") == KafkaError.GROUP_AUTHORIZATION_FAILED


def test_a_prefix_is_every_topic_of_it_and_two_clients_share_the_groups_of_one(site: Site) -> None:
    new, old = login(site.entries("new")["of-logs"]), login(site.flat("old"))
    for topic in ("logs-a", "logs-b"):
        create(new, topic)
        assert produced(new, topic) is None
    assert read(new, "logs-a", "shared-1") == b"logs-a"
    assert read(old, "logs-b", "shared-2") == b"logs-b"
    assert refusal(old, "orders", "shared-3") == KafkaError.TOPIC_AUTHORIZATION_FAILED
    assert refusal(old, "logs-a", "others") == KafkaError.GROUP_AUTHORIZATION_FAILED


def test_permissions_are_granted_one_by_one(site: Site) -> None:
    admin, audit = login(site.flat("late")), login(site.entries("new")["of-audit"])
    create(admin, "audit")
    assert produced(admin, "audit") is None
    assert read(audit, "audit", "auditors") == b"audit"
    refused = produced(audit, "audit")
    assert refused is not None and refused.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED


def test_a_client_of_v0_is_told_what_the_original_tells(site: Site) -> None:
    told = site.told("old")
    assert {"data", "endpoints", "topic", "resource", "salt", "version", "tls"} <= told.keys()
    assert (told["version"], told["resource"], told["tls"]) == ("v0", "logs-*", "disabled")
    assert "zookeeper-uris" not in told


def test_an_extra_listener_serves_the_same_clients(site: Site) -> None:
    listeners = yaml.safe_load(site("run", "kafka/0", "get-listeners"))
    (extra,) = (one for one in listeners.values() if "EXTRA" in str(one))
    servers = str(extra["advertised-listener"]).rpartition("/")[2]
    assert servers == f"{site.extra}:{9092 + 31000}"
    assert produced(login(site.entries("new")["of-orders"], servers), "orders") is None


def test_a_relation_made_again_gets_another_user_and_the_old_one_is_refused(site: Site) -> None:
    before, relation = site.flat("old"), site.relation("old")
    site("remove-relation", "old", "kafka")
    integrate = ("integrate", "old:kafka", "kafka")
    wait_until(lambda: site.engine.ask(*integrate).code == 0, 60, "the end of the relation")
    wait_until(lambda: site.relation("old") not in ("", relation), 60, "another relation")
    site.tell("old", **OF_OLD)
    wait_until(lambda: _is_answered(site.told("old")), 60, "an answer")
    after = site.flat("old")
    assert before["username"] != after["username"] and before["password"] != after["password"]
    assert read(login(after), "logs-a", "shared-4") == b"logs-a"
    with pytest.raises(KafkaException) as refused:
        AdminClient({**login(before), "socket.timeout.ms": 5000}).list_topics(timeout=10)
    assert refused.value.args[0].code() in (KafkaError._AUTHENTICATION, KafkaError._TRANSPORT)
    assert read(login(site.entries("new")["of-logs"]), "logs-a", "shared-5") == b"logs-a"


# -- lines of Charmed Kafka 4's own tutorial, as they stand there


def pasted(site: Site, lines: str) -> Answer:
    """Run lines as a person pastes them, with `juju` for our program."""
    home = site.engine.root / "pasted"
    home.mkdir(exist_ok=True)
    juju = home / "juju"
    if not juju.exists():
        juju.symlink_to(site.engine.binary)
    environment = site.engine.environment
    path = f"{home}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", lines],
        env={**environment, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def test_lines_of_the_official_tutorial_can_be_pasted(site: Site) -> None:
    address = site.engine.units()["kafka/0"]["public-address"]
    server = f"export BOOTSTRAP_SERVER={address}:19093\n"
    operator = "--bootstrap-server $BOOTSTRAP_SERVER --command-config \\$CONF/client.properties"

    def typed(program: str) -> str:
        answer = pasted(site, f'{server}juju ssh kafka/0 sudo -i "{program}"')
        assert answer.code == 0, answer
        return answer.out

    words = "charmed-kafka.topics --create --topic test-topic"
    assert "Created topic test-topic" in typed(f"{words} {operator}")
    assert "test-topic" in typed(f"charmed-kafka.topics --list {operator}").splitlines()
    typed(f"charmed-kafka.topics --delete --topic test-topic {operator}")
    assert "test-topic" not in typed(f"\\$BIN/bin/kafka-topics.sh --list {operator}").splitlines()
    described = typed(f"charmed-kafka.log-dirs --describe {operator}")
    assert json.loads(described.splitlines()[-1])["brokers"][0]["broker"] == 100
    controllers = (
        f"--bootstrap-controller {address}:9098 --command-config \\$CONF/kraft-client.properties"
    )
    status = typed(f"charmed-kafka.metadata-quorum {controllers} describe --status")
    assert re.search(r"^LeaderId:\s+100$", status, re.MULTILINE)
    secret = pasted(site, "juju show-secret --reveal cluster.kafka.app")
    content = next(iter(yaml.safe_load(secret.out).values()))["content"]
    assert {"operator-password", "replication-password", "internal-ca"} <= content.keys()


def test_an_action_of_the_original_that_comes_later_says_so(site: Site) -> None:
    assert "There is no balancer yet" in site("run", "kafka/0", "rebalance")


# -- pages of our own, as they stand


def test_the_page_that_reads_a_quorum_can_be_walked(site: Site) -> None:
    address = site.engine.units()["kafka/0"]["public-address"]
    typed = commands(DOCS / "how-to/read-a-quorum.md")
    lines = [re.sub(r"127[\d.]+:9098", f"{address}:9098", line) for line in typed[1:]]
    status, replication = (site("ssh", "kafka/0", line) for line in lines)
    shown = {row.partition(":")[0] for row in status.splitlines()}
    assert {"LeaderId", "CurrentVoters", "CurrentObservers", "MaxFollowerLag"} <= shown
    assert re.search(r"^100\s.*\sLeader\s*$", replication, re.MULTILINE)


def test_the_page_that_rotates_passwords_can_be_walked(site: Site) -> None:
    client = login(site.entries("new")["of-orders"])
    *made, naming, again = commands(
        DOCS / "how-to/rotate-kafka-4.md", "Passwords of the servers' own users"
    )[:7]
    assert "config" in naming and "update-secret" in again
    lines = "\n".join(made).replace(" brokers", " kafka").replace("kafkastack ", "juju ")
    added = pasted(site, f"cd {site.engine.root}\n{lines}")
    (uri,) = re.findall(r"^secret:\S+$", added.out, re.MULTILINE)
    site("config", "kafka", f"system-users={uri}")
    files = {"operator": "client.properties", "replication": "server.properties"}
    for user, file in files.items():
        chosen = (site.engine.root / f"{user}.password").read_text()
        wait_until(
            lambda c=chosen, f=file: c in site("ssh", "kafka/0", f"cat $CONF/{f}"), 120, user
        )
    site("wait-idle", "kafka")  # the only broker is restarted for the second
    assert produced(client, "orders") is None
    topics = "charmed-kafka.topics --list --command-config $CONF/client.properties"
    address = site.engine.units()["kafka/0"]["public-address"]
    said = site("ssh", "kafka/0", f"{topics} --bootstrap-server {address}:19093")
    assert "orders" in said.splitlines()
