"""The files of a broker, and what is never in them."""

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms import files, properties
from kafkastack_charms.kafka import launch, listeners
from kafkastack_charms.kafka.layout import Layout
from kafkastack_charms.stages import Stage

from tests.charms.kafka.modules import (
    broker,
    render,
    state,
    users,
    zookeeper,
)
from tests.charms.kafka.test_options import parse

LAYOUT = Layout(Path("/charm"), (Path("/with blank/0"), Path("/data/1")))
HOST = "127.83.9.1"
LISTENERS = listeners.every(HOST, HOST, ())
OFFER = zookeeper.Offer(7, ("127.83.9.9:2181",), "/kafka", "relation-7", "zookeeper-word")
SETTINGS = render.Settings(
    broker_id=2,
    bind=HOST,
    planned_units=1,
    options=parse(),
    credentials=users.Credentials("admin-word", "sync-word", "ab" * 32),
    connection=state.Connection(7, ("127.83.9.9:2181",), "/kafka"),
    offer=OFFER,
    all_listeners=LISTENERS,
)


def lines(**changed: Any) -> dict[str, str]:
    return render.server_properties(SETTINGS._replace(**changed), LAYOUT)


def test_a_broker_is_closed_to_whom_nothing_was_given() -> None:
    told = lines()
    assert told["allow.everyone.if.no.acl.found"] == "false"
    assert told["auto.create.topics.enable"] == "false"
    assert told["authorizer.class.name"] == "kafka.security.authorizer.AclAuthorizer"
    assert told["super.users"] == "User:sync;User:sync-spare;User:admin"
    assert told["zookeeper.set.acl"] == "true"
    assert told["sasl.enabled.mechanisms"] == "SCRAM-SHA-512"


def test_a_broker_is_numbered_after_its_unit_and_uses_every_storage() -> None:
    told = lines()
    assert told["broker.id"] == "2"
    assert told["log.dirs"] == "/with blank/0/data,/data/1/data"
    assert told["zookeeper.connect"] == "127.83.9.9:2181/kafka"


def test_listeners_of_clients_are_described_always_and_open_only_where_there_are_clients() -> None:
    closed, opened = lines(), lines(has_clients=True)
    differing = {name for name in opened if closed[name] != opened[name]}
    assert closed.keys() == opened.keys()
    assert differing == {"listeners", "advertised.listeners"}, "no restart for anything else"
    assert closed["listeners"] == f"INTERNAL_SASL_PLAINTEXT_SCRAM_SHA_512://{HOST}:19092"


def test_brokers_talk_by_the_internal_listener_and_only_it_knows_a_password() -> None:
    told = lines(has_clients=True)
    assert told["inter.broker.listener.name"] == "INTERNAL_SASL_PLAINTEXT_SCRAM_SHA_512"
    assert told["listeners"].count("://") == 2
    client = told[
        "listener.name.client_sasl_plaintext_scram_sha_512.scram-sha-512.sasl.jaas.config"
    ]
    assert "password" not in client
    protocols = told["listener.security.protocol.map"].split(",")
    assert {one.partition(":")[2] for one in protocols} == {"SASL_PLAINTEXT", "SASL_SSL"}


@given(st.integers(0, 9))
def test_copies_follow_the_number_of_units(planned: int) -> None:
    told = lines(planned_units=planned)
    copies = int(told["default.replication.factor"])
    assert copies == min(3, max(planned, 1))
    assert int(told["min.insync.replicas"]) == max(1, copies - 1)
    assert told["num.partitions"] == told["offsets.topic.replication.factor"] == str(copies)
    assert told["transaction.state.log.replication.factor"] == str(copies)


@given(st.sampled_from(list(Stage)), st.booleans())
def test_each_side_is_encrypted_by_itself(stage: Stage, metadata: bool) -> None:
    connection = SETTINGS.connection._replace(encrypted=metadata)
    told = lines(stage=stage, connection=connection)
    assert ("_SSL_" in told["inter.broker.listener.name"]) == stage.dials_tls
    assert (told.get("zookeeper.ssl.client.enable") == "true") == metadata


@given(st.sampled_from(list(Stage)[:-1]), st.booleans())
def test_the_way_to_tls_is_one_restart(stage: Stage, has_clients: bool) -> None:
    before, after = (
        lines(stage=one, has_clients=has_clients) for one in (stage, Stage(stage + 1))
    )
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert bool(changed - broker.LIVE) == (stage is Stage.ACCEPT_BOTH)


def test_only_the_profile_testing_gives_up_a_broker_soon() -> None:
    testing, production = (lines(options=parse(profile=p)) for p in ("testing", "production"))
    assert testing["zookeeper.session.timeout.ms"] == "3000"
    assert "zookeeper.session.timeout.ms" not in production


@given(st.dictionaries(st.sampled_from("abc"), st.sampled_from(["a=b", "c", "\\d", "x:y"])))
def test_a_configuration_is_read_as_it_was_written(values: dict[str, str]) -> None:
    assert properties.parse(properties.write(values)) == values


def test_the_jvm_has_the_flags_its_archive_was_made_with() -> None:
    from kafkastack.artifacts.training import FLAGS

    kind = {flag for flag in FLAGS if not flag.startswith("-Xm")}  # the heap may differ
    assert kind <= set(launch.heap("testing", 0))


@given(st.integers(2**28, 2**42))
def test_the_heap_of_production_fits_the_machine(memory: int) -> None:
    least, most, *_ = launch.heap("production", memory)
    megabytes = int(most.removeprefix("-Xmx").removesuffix("m"))
    assert least == f"-Xms{megabytes}m"
    assert megabytes == max(512, min(6144, memory // 4 // 2**20))


def test_the_configuration_knows_the_password_of_brokers_and_no_other() -> None:
    told = properties.write(lines(has_clients=True))
    assert "sync-word" in told
    assert "admin-word" not in told and "zookeeper-word" not in told


def test_words_survive_their_files() -> None:
    arguments = launch.java_arguments(LAYOUT, Path('/a "b"/k.jar'), "mark", ())
    assert '"/a \\"b\\"/k.jar"\n' in arguments
    unit = launch.server_unit(LAYOUT, "/usr/bin/java", "kafka", "testing")
    assert 'ExecStart=/usr/bin/java "@/with blank/0/conf/archive.args" ' in unit
    assert "User=kafka\n" in unit
    assert "CONF='/with blank/0/conf'\n" in launch.environment(launch.places_of(LAYOUT))


def test_a_client_of_the_operator_enters_by_the_internal_listener() -> None:
    told = render.client_properties(SETTINGS, ["10.0.0.1", "fd00::7"], LAYOUT)
    assert told == {
        "sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required"
            ' username="admin" password="admin-word";'
        ),
        "bootstrap.servers": "10.0.0.1:19092,[fd00::7]:19092",
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
    }


def test_the_broker_logs_in_to_zookeeper_as_its_relation() -> None:
    assert 'username="relation-7"\n  password="zookeeper-word";' in render.jaas(OFFER)
    assert "zookeeper-word" not in repr(OFFER)


def test_a_file_that_is_to_be_empty_is_missed_where_it_is_not(tmp_path: Path):
    wanted = {tmp_path / "archive.args": ""}

    assert files.outdated(wanted) == wanted
    files.write(wanted, None)
    assert files.outdated(wanted) == {}
