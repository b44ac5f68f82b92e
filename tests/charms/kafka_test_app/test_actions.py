"""start-process and stop-process run the client without a relation."""

import ops
import pytest
from ops import testing

PARAMETERS = {
    "servers": "10.0.0.1:9092",
    "username": "relation-6",
    "password": "s3cret",
    "topic-name": "mine",
}
UNIT = "kafka-test-app-0.service"


def start(context, state: testing.State | None = None, **parameters: str) -> testing.State:
    event = context.on.action("start-process", params={**PARAMETERS, **parameters})
    return context.run(event, state or testing.State())


def failure_of(run, *arguments, **keywords) -> str:
    with pytest.raises(testing.ActionFailed) as failure:
        run(*arguments, **keywords)
    return failure.value.message


def test_a_process_starts_with_what_it_was_given(context, machine):
    out = start(context, **{"consumer-group-prefix": "cg-"})

    assert context.action_results == {"process": UNIT}
    expected = {"servers": "10.0.0.1:9092", "topic": "mine", "group": "cg-1", "role": "consumer"}
    assert expected.items() <= machine.settings.items()
    assert out.unit_status == ops.ActiveStatus("Topic mine enabled with process consumer")


def test_a_second_process_is_refused(context, machine):
    out = start(context)

    message = failure_of(start, context, out)

    assert message == f"Process {UNIT} already running!"


def test_a_process_survives_the_hooks_that_follow(context, machine):
    out = start(context)
    before = machine.calls

    context.run(context.on.update_status(), out)

    assert machine.runs
    assert machine.calls == before


def test_a_process_stops_and_leaves_no_password(context, machine):
    out = start(context)

    context.run(context.on.action("stop-process"), out)

    assert context.action_results == {"process": UNIT}
    assert not machine.runs
    assert not machine.folder.exists()


def test_there_must_be_a_process_to_stop(context, machine):
    message = failure_of(context.run, context.on.action("stop-process"), testing.State())

    assert message == "No process to stop!"


def test_the_client_of_a_relation_stays_stopped(context, machine):
    kafka = testing.Relation(
        "kafka-cluster",
        remote_app_data={
            "endpoints": "h:9092",
            "username": "u",
            "password": "p",
            "consumer-group-prefix": "u-",
        },
    )
    state = testing.State(relations=[kafka, testing.PeerRelation("app-peers")], leader=True)
    out = context.run(context.on.relation_changed(kafka), state)
    assert machine.runs

    out = context.run(context.on.action("stop-process"), out)
    out = context.run(context.on.update_status(), out)

    assert not machine.runs
    assert out.unit_status == ops.ActiveStatus(
        "Process consumer was stopped by stop-process: relate anew to start it"
    )


def test_a_related_unit_starts_nothing_else(context, machine):
    state = testing.State(relations=[testing.Relation("kafka-cluster")])

    message = failure_of(start, context, state)

    assert message.startswith("Remove the relation with Kafka first")


def test_an_admin_has_no_process_to_start(context, machine):
    message = failure_of(start, context, testing.State(config={"role": "admin"}))

    assert message == "Set role to producer or consumer first: admin runs no process."


@pytest.mark.parametrize("parameter", ["servers", "username", "password"])
def test_an_empty_parameter_is_refused(context, machine, parameter):
    message = failure_of(start, context, **{parameter: ""})

    assert message == "servers, username and password must not be empty"


def test_a_topic_that_kafka_would_refuse_is_refused(context, machine):
    message = failure_of(start, context, **{"topic-name": "a b"})

    assert message == "topic-name must be a name that Kafka accepts"
    assert machine.calls == []
