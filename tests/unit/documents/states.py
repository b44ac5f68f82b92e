"""Models to make documents of: the tutorial's one, and pieces to build others with."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from kafkastack.controller.documents import ModelFacts
from kafkastack.model.charm import CharmMeta, EndpointMeta, OptionMeta, StorageMeta
from kafkastack.model.records import (
    Application,
    Charm,
    Databag,
    Endpoint,
    Machine,
    Model,
    Relation,
    StatusInfo,
    Storage,
    Unit,
)
from kafkastack.store.store import Record, Store

UUID = "9b3a1c52-0f6e-4d3c-8d43-7c1f6e29b29f"
NOW = datetime(2026, 11, 23, 17, 56, 56, tzinfo=UTC).timestamp()
THEN = datetime(2026, 11, 23, 0, 57, 11, tzinfo=UTC).timestamp()
FACTS = ModelFacts("overlord", "3.6.20", NOW, UTC, "c0ffee00-0f6e-4d3c-8d43-7c1f6e29b29f")
BLOCKED = "Please relate the data-integrator with the desired product"


def store_of(folder: Path, records: Iterable[Record], *, life: str = "alive") -> Store:
    """Return a store that holds a model "tutorial" with these records."""
    store = Store(folder / "state.sqlite")
    model = Model(UUID, "tutorial", "localhost", "localhost", THEN, life=life)  # type: ignore[arg-type]
    with store.transaction() as transaction:
        for record in (model, *records):
            transaction.put(UUID, record)
    return store


def charm(name: str, channel: str, revision: int, base: str = "ubuntu@24.04") -> Charm:
    return Charm("d1", name, "local", channel, revision, base)


def application(of: Charm, name: str = "", **more: object) -> Application:
    return Application(name or of.name, of.key, THEN, **more)  # type: ignore[arg-type]


def unit(
    name: str, machine: str, current: str = "active", message: str = "", **more: object
) -> Unit:
    workload = StatusInfo(current, message, THEN)
    agent = more.pop("agent", StatusInfo("idle", "", THEN))
    return Unit(name, machine, THEN, workload, agent, **more)  # type: ignore[arg-type]


def machine(number: str, address: str, **instance: str) -> Machine:
    given = {
        "instance_id": f"juju-29b29f-{number}",
        "address": address,
        "hostname": f"juju-29b29f-{number}",
        "availability_zone": "kafka-test",
        "hardware": "arch=amd64 cores=2 mem=4096M",
        **instance,
    }
    running, started = StatusInfo("running", "Running", THEN), StatusInfo("started", "", THEN)
    return Machine(number, "ubuntu@24.04", THEN, running, started, instance=given)


KAFKA = charm("kafka", "4/stable", 248)
INTEGRATOR = charm("data-integrator", "latest/stable", 362)
CERTIFICATES = charm("self-signed-certificates", "1/stable", 317)

METAS = {
    KAFKA.key: CharmMeta(
        "kafka",
        endpoints={
            "cluster": EndpointMeta("cluster", "peer", "cluster"),
            "kafka-client": EndpointMeta("kafka-client", "provider", "kafka_client"),
        },
        storage={"data": StorageMeta("data", minimum_size=10240)},
        options={
            "compression-type": OptionMeta("compression-type", "string", "producer", "How."),
            "system-users": OptionMeta("system-users", "secret", None, "Who."),
            "log-segment-bytes": OptionMeta("log-segment-bytes", "int", 1073741824, "Size."),
            "unclean": OptionMeta("unclean", "boolean", False, "Risk."),
        },
    ),
    INTEGRATOR.key: CharmMeta("data-integrator"),
    CERTIFICATES.key: CharmMeta("self-signed-certificates"),
}

CLIENT = Relation(
    7,
    (
        Endpoint("kafka", "kafka-client", "kafka_client", "provider"),
        Endpoint("data-integrator", "kafka", "kafka_client", "requirer"),
    ),
)
PEERS = Relation(1, (Endpoint("kafka", "cluster", "cluster", "peer"),))


def tutorial() -> list[Record]:
    """Return the records behind the sample of Charmed Kafka's tutorial, three kafka units."""
    kafka = [
        unit(f"kafka/{n}", str(n), ports=("19093/tcp",), charm=KAFKA.key, version="4.1.1")
        for n in range(3)
    ]
    return [
        KAFKA,
        INTEGRATOR,
        CERTIFICATES,
        application(KAFKA, leader="kafka/0", version="4.1.1"),
        application(INTEGRATOR, leader="data-integrator/0"),
        application(CERTIFICATES, leader="self-signed-certificates/0"),
        *kafka,
        unit("data-integrator/0", "6", "blocked", BLOCKED),
        unit("self-signed-certificates/0", "8"),
        machine("0", "10.157.174.225"),
        machine("1", "10.157.174.62"),
        machine("2", "10.157.174.63"),
        machine("6", "10.157.174.36"),
        machine("8", "10.157.174.248"),
        Storage("data/0", "data", "kafka/0", location="/srv/data/0"),
        PEERS,
        Databag(1, "kafka", {"cluster-uuid": "abc"}, 1),
        Databag(1, "kafka/0", {"private-address": "10.157.174.225"}, 1, in_scope=True),
        Databag(1, "kafka/1", {"private-address": "10.157.174.62"}, 1, in_scope=True),
    ]


def integrated() -> list[Record]:
    """Return the tutorial with data-integrator related to kafka."""
    return [
        *tutorial(),
        CLIENT,
        Databag(7, "data-integrator", {"topic": "test-topic"}, 1),
        Databag(7, "data-integrator/0", {"private-address": "10.157.174.36"}, 1, in_scope=True),
        Databag(7, "kafka", {"endpoints": "10.157.174.225:9092", "username": "relation-7"}, 1),
        Databag(7, "kafka/0", {"private-address": "10.157.174.225"}, 1, in_scope=True),
    ]
