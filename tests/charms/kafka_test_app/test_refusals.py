"""Whatever Kafka or an authority answers, the unit goes on, and a refusal is shown."""

import json
from dataclasses import replace

import ops
import pytest
from ops import testing

from tests.charms.kafka_test_app.test_client_of_a_relation import ANSWER, answer, asked


def test_why_kafka_refuses_is_shown(context, machine):
    status = json.dumps([{"code": 4000, "message": "no", "resolution": ""}])
    state = asked(context)
    (kafka,) = state.get_relations("kafka-cluster")
    refused = replace(kafka, remote_app_data={"status": status})
    others = [relation for relation in state.relations if relation.id != kafka.id]

    out = context.run(
        context.on.relation_changed(refused), replace(state, relations=[refused, *others])
    )

    assert out.unit_status == ops.BlockedStatus("kafka refuses topic test-topic: 'no'")


WAITING = ops.WaitingStatus("Waiting for kafka to grant access to topic test-topic")


@pytest.mark.parametrize(
    "odd",
    [
        {"endpoints": "a\x00b:9092"},
        {"secret-user": "--help"},
        {"secret-user": "secret:\udc80"},
    ],
)
def test_an_answer_that_cannot_be_used_is_none(context, machine, odd):
    out = answer(context, asked(context), **odd)

    assert out.unit_status == WAITING
    assert machine.calls == []


@pytest.mark.parametrize("odd", [{"status": "[" * 100_000}, {"tls": "[1]"}])
def test_what_is_odd_beside_an_answer_does_not_stop_the_client(context, machine, odd):
    out = answer(context, asked(context), **odd)

    assert out.unit_status == ops.ActiveStatus("Topic test-topic enabled with process consumer")
    assert machine.runs


@pytest.mark.parametrize("note", ["not json", "[null]", '{"topic": 5}'])
def test_a_note_of_our_own_that_cannot_be_read_does_not_stop_the_unit(context, machine, note):
    kafka = testing.Relation("kafka-cluster", remote_app_name="kafka", remote_app_data=ANSWER)
    peers = testing.PeerRelation("app-peers", local_app_data={str(kafka.id): note})
    state = testing.State(relations=[kafka, peers])

    out = context.run(context.on.relation_changed(kafka), state)

    assert out.unit_status == WAITING
    assert machine.calls == []


def test_a_note_that_tells_of_another_topic_alone_is_believed(context, machine):
    kafka = testing.Relation("kafka-cluster", remote_app_name="kafka", remote_app_data=ANSWER)
    peers = testing.PeerRelation("app-peers", local_app_data={str(kafka.id): '{"topic": "t"}'})

    out = context.run(context.on.relation_changed(kafka), testing.State(relations=[kafka, peers]))

    assert out.unit_status == ops.BlockedStatus(
        "Please remove relation and recreate a new one to track topic test-topic"
    )


@pytest.mark.parametrize(
    "text",
    [
        *("not json", "5", "null", "[null]", "[[1, 2]]", "[" * 100_000, f"[{'9' * 5000}]"),
        json.dumps([{"ca": "x", "certificate": "y", "certificate_signing_request": "z"}]),
    ],
)
def test_what_an_authority_writes_does_not_stop_the_unit(context, machine, text):
    authority = testing.Relation(
        "certificates", remote_app_name="ca", remote_app_data={"certificates": text}
    )
    kafka = testing.Relation("kafka-cluster", remote_app_name="kafka")
    state = testing.State(
        relations=[authority, kafka, testing.PeerRelation("app-peers")], leader=True
    )

    out = context.run(context.on.relation_changed(authority), state)

    (certificates,) = out.get_relations("certificates")
    assert certificates.local_unit_data["certificate_signing_requests"]
