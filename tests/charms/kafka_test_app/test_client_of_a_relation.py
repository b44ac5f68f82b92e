"""A relation with Kafka starts the client that was asked for, once, and ends it."""

import stat
from dataclasses import replace

import ops
import pytest
from ops import testing

USER = testing.Secret({"username": "relation-6", "password": "s3cret"}, id="secret:user")
TLS = testing.Secret({"tls": "disabled", "tls-ca": "disabled"}, id="secret:tls")
ANSWER = {
    "endpoints": "10.0.0.1:9092,10.0.0.2:9092",
    "consumer-group-prefix": "relation-6-",
    "topic": "test-topic",
    "secret-user": "secret:user",
    "secret-tls": "secret:tls",
}
UNIT = "kafka-test-app-0.service"


def asked(context, **config) -> testing.State:
    """Return the state after the leader has asked."""
    kafka = testing.Relation("kafka-cluster", remote_app_name="kafka")
    state = testing.State(
        config=config,
        relations=[kafka, testing.PeerRelation("app-peers")],
        secrets=[USER, TLS],
        leader=True,
    )
    return context.run(context.on.relation_created(kafka), state)


def answer(context, state: testing.State, **changed: str) -> testing.State:
    (kafka,) = state.get_relations("kafka-cluster")
    kafka = replace(kafka, remote_app_data={**ANSWER, **changed})
    others = [relation for relation in state.relations if relation.id != kafka.id]
    return context.run(
        context.on.relation_changed(kafka), replace(state, relations=[kafka, *others])
    )


def test_the_leader_asks_in_the_v0_wire_format(context):
    out = asked(context, role="producer", topic_name="t", consumer_group_prefix="cg")

    (kafka,) = out.get_relations("kafka-cluster")
    assert kafka.local_app_data == {
        "requested-secrets": '["username", "password", "tls", "tls-ca", "uris",'
        ' "read-only-uris", "entity-name", "entity-password"]',
        "provided-secrets": '["mtls-cert"]',
        "topic": "t",
        "extra-user-roles": "producer",
        "consumer-group-prefix": "cg",
    }
    assert out.unit_status == ops.WaitingStatus("Waiting for kafka to grant access to topic t")


def test_a_producer_starts_with_what_was_granted(context, machine):
    out = answer(context, asked(context, role="producer", num_messages=20))

    file = machine.root / UNIT
    assert machine.calls == [f"enable {file}", f"restart {UNIT}"]
    assert f"{machine.root}/src/client.py {machine.folder}" in file.read_text()
    expected = {
        "role": "producer",
        "topic": "test-topic",
        "servers": "10.0.0.1:9092,10.0.0.2:9092",
        "username": "relation-6",
        "password": "s3cret",
        "group": "relation-6-1",
        "num_messages": 20,
        "partitions": 5,
        "replication_factor": 1,
        "message_interval": 0.05,
        "tls": "",
    }
    assert expected.items() <= machine.settings.items()
    assert machine.settings["log"].endswith("_producer")
    assert out.unit_status == ops.ActiveStatus("Topic test-topic enabled with process producer")


def test_the_password_is_in_a_private_file_and_in_no_other(context, machine):
    answer(context, asked(context))

    files = [path for path in machine.root.rglob("*") if path.is_file()]
    holding = [path for path in files if "s3cret" in path.read_text(errors="replace")]
    assert holding == [machine.folder / "settings.json"]
    assert stat.S_IMODE((machine.folder / "settings.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(machine.folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("granted", "configured", "group"),
    [("cg", "cg", "cg1"), ("", "cg", "cg1"), ("", "", "relation-6-1")],
)
def test_the_group_is_the_prefix_and_1(context, machine, granted, configured, group):
    state = asked(context, consumer_group_prefix=configured)

    answer(context, state, **{"consumer-group-prefix": granted})

    assert machine.settings["group"] == group


def test_nothing_restarts_without_a_reason(context, machine):
    out = answer(context, asked(context))
    before = machine.calls

    context.run(context.on.update_status(), out)

    assert machine.calls == before


def test_changed_endpoints_restart_the_same_run(context, machine):
    out = answer(context, asked(context, role="producer"))
    log = machine.settings["log"]

    answer(context, out, endpoints="10.0.0.3:9092")

    assert machine.calls.count(f"restart {UNIT}") == 2
    assert machine.settings["servers"] == "10.0.0.3:9092"
    assert machine.settings["log"] == log


def test_a_dead_consumer_is_started_again(context, machine):
    out = answer(context, asked(context))
    machine.die()

    context.run(context.on.update_status(), out)

    assert machine.runs


def test_a_producer_that_has_finished_stays_finished(context, machine):
    out = answer(context, asked(context, role="producer", num_messages=3))
    machine.publish(3)
    machine.die()

    out = context.run(context.on.update_status(), out)

    assert not machine.runs
    assert out.unit_status == ops.ActiveStatus("Topic test-topic enabled with process producer")


def test_more_messages_are_the_same_run_while_the_producer_runs(context, machine):
    out = answer(context, asked(context, role="producer", num_messages=3))
    run = machine.settings["run"]

    context.run(
        context.on.config_changed(),
        replace(out, config={"role": "producer", "num_messages": 5}),
    )

    assert machine.calls.count(f"restart {UNIT}") == 2
    assert (machine.settings["run"], machine.settings["num_messages"]) == (run, 5)


@pytest.mark.parametrize(
    "changed",
    [{"num_messages": 5}, {"role": "consumer"}, {"partitions": 9}, {"topic_name": "other"}],
)
def test_a_producer_that_has_finished_never_starts_again_for_its_relation(
    context, machine, changed
):
    out = answer(context, asked(context, role="producer", num_messages=3))
    machine.publish(3)
    machine.die()

    for event in (context.on.config_changed(), context.on.upgrade_charm()):
        config = {"role": "producer", "num_messages": 3, **changed}
        out = context.run(event, replace(out, config=config))

    assert not machine.runs


def without_units(state: testing.State) -> tuple[testing.Relation, testing.State]:
    """Return the relation as it is between its last departure and its end, and a state with it."""
    (kafka,) = state.get_relations("kafka-cluster")
    kafka = replace(kafka, remote_units_data={})
    others = [relation for relation in state.relations if relation.id != kafka.id]
    return kafka, replace(state, relations=[kafka, *others])


def test_a_relation_on_its_way_out_gets_no_run(context, machine):
    _, leaving = without_units(asked(context, role="producer"))

    (kafka,) = leaving.get_relations("kafka-cluster")
    told = replace(kafka, remote_app_data=ANSWER)
    others = [relation for relation in leaving.relations if relation.id != kafka.id]
    out = context.run(context.on.config_changed(), replace(leaving, relations=[told, *others]))

    assert machine.calls == []
    assert out.unit_status == ops.WaitingStatus(
        "Waiting for kafka to grant access to topic test-topic"
    )


def test_the_client_stops_with_the_last_broker_and_comes_back_with_one(context, machine):
    out = answer(context, asked(context))
    kafka, leaving = without_units(out)

    context.run(context.on.relation_departed(kafka, remote_unit=0), leaving)
    context.run(context.on.config_changed(), leaving)
    assert not machine.runs

    context.run(context.on.relation_changed(out.get_relation(kafka.id)), out)
    assert machine.runs


def test_the_last_broker_that_departs_counts_no_more(context, machine):
    out = answer(context, asked(context))
    (kafka,) = out.get_relations("kafka-cluster")

    context.run(context.on.relation_departed(kafka, remote_unit=0, departing_unit=0), out)

    assert not machine.runs


def test_the_end_of_the_relation_ends_the_client_and_its_secrets(context, machine):
    out = answer(context, asked(context))
    (kafka,) = out.get_relations("kafka-cluster")

    out = context.run(context.on.relation_broken(kafka), out)

    assert machine.calls[-1] == f"disable --now {UNIT}"
    assert not machine.folder.exists()
    (peers,) = out.get_relations("app-peers")
    assert peers.local_app_data == {}
    assert out.unit_status == ops.ActiveStatus(
        "Please relate with Kafka or use the action to run the application without the relation."
    )


def test_a_new_relation_is_a_new_run_with_a_new_role(context, machine):
    out = answer(context, asked(context, role="producer"))
    first = machine.settings["run"]
    (kafka,) = out.get_relations("kafka-cluster")
    context.run(context.on.relation_broken(kafka), out)

    answer(context, asked(context, role="consumer"))

    assert machine.settings["role"] == "consumer"
    assert machine.settings["run"] != first


def test_a_changed_topic_asks_for_a_new_relation_and_the_client_goes_on(context, machine):
    out = answer(context, asked(context))

    out = context.run(context.on.config_changed(), replace(out, config={"topic_name": "other"}))

    assert machine.settings["topic"] == "test-topic"
    assert out.unit_status == ops.BlockedStatus(
        "Please remove relation and recreate a new one to track topic other"
    )


def test_an_admin_runs_no_process(context, machine):
    out = asked(context, role="admin")
    assert isinstance(out.unit_status, ops.WaitingStatus)

    out = answer(context, out)

    assert machine.calls == []
    assert out.unit_status == ops.ActiveStatus("Topic test-topic enabled with process admin")


def test_a_follower_runs_the_client_that_the_leader_asked_for(context, machine):
    out = replace(asked(context, role="producer"), leader=False)

    answer(context, out)

    assert machine.settings["role"] == "producer"


def test_the_removal_of_the_unit_ends_the_client(context, machine):
    out = answer(context, asked(context))

    context.run(context.on.stop(), out)

    assert not machine.runs
    assert not machine.folder.exists()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"role": "boss"}, "role must be consumer, producer or admin, not boss"),
        ({"topic_name": "a b"}, "topic_name must be a name that Kafka accepts, not 'a b'"),
        ({"topic_name": "x*"}, "topic_name must be a name that Kafka accepts, not 'x*'"),
        ({"partitions": 0}, "partitions must be 1 to 9000, not 0"),
        ({"replication_factor": 40000}, "replication_factor must be 1 to 100, not 40000"),
        ({"num_messages": -1}, f"num_messages must be 0 to {2**62}, not -1"),
        ({"message_interval": -0.5}, "message_interval must be 0 to 86400, not -0.5"),
        ({"message_interval": 1e300}, "message_interval must be 0 to 86400, not 1e+300"),
    ],
)
def test_each_bad_option_blocks_and_nothing_is_asked(context, config, message):
    out = asked(context, **config)

    assert out.unit_status == ops.BlockedStatus(message)
    (kafka,) = out.get_relations("kafka-cluster")
    assert kafka.local_app_data == {}


def test_a_bad_option_later_leaves_the_client_alone(context, machine):
    out = answer(context, asked(context))
    before = machine.calls

    context.run(context.on.config_changed(), replace(out, config={"role": "boss"}))

    assert machine.runs
    assert machine.calls == before


def test_a_failing_systemctl_is_heard(context, machine):
    systemctl = machine.state.parent / "bin" / "systemctl"
    systemctl.write_text("#!/bin/sh\necho 'no such thing' >&2\nexit 5\n")

    with pytest.raises(testing.errors.UncaughtCharmError, match="no such thing"):
        answer(context, asked(context))
    assert not (machine.root / UNIT).exists()
