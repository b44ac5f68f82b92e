"""Whatever a product answers, the unit goes on, and a refusal is shown."""

import json

import ops
import pytest
from ops import testing

from tests.charms.data_integrator.test_credentials import (
    ASKED,
    CONFIG,
    KAFKA_3,
    RELATION,
    answered,
)

REASON = "topic __consumer_offsets is reserved: __consumer_offsets"


def run(context, answer: dict[str, str]) -> testing.State:
    state = answered(answer)
    return context.run(context.on.relation_changed(state.get_relation(RELATION)), state)


def test_why_the_product_refuses_is_shown(context):
    status = json.dumps([{"code": 4000, "message": REASON, "resolution": "…"}])

    out = run(context, {"status": status})

    assert out.unit_status == ops.BlockedStatus(f"kafka refuses topic test-topic: {REASON!r}")


@pytest.mark.parametrize("status", ["not json", "5", "null", "[null]", "[" * 100_000, "[{}]"])
def test_a_refusal_that_cannot_be_read_is_none(context, status):
    assert run(context, {"status": status}).unit_status.name == "waiting"


@pytest.mark.parametrize(
    "odd",
    [
        {"UPPER": "x"},
        {"a_b": "x"},
        {"-": "x"},
        {"nul": "a\x00b"},
        {"half": "\udc80"},
        {"long": "x" * 2**20},
        {"secret-tls": "--help"},
        {"secret-tls": "secret:\x00"},
        {"secret-odd": "secret:nobodys"},
        {"data": "[" * 100_000},
    ],
)
def test_credentials_are_handed_over_without_what_no_action_can_carry(context, odd):
    context.run(context.on.action("get-credentials"), answered(KAFKA_3 | odd))

    found = context.action_results["kafka"]
    assert (found["username"], found["password"]) == ("relation-6", "s3cret")
    assert not {"UPPER", "a_b", "-", "nul", "half", "long"} & found.keys()


def test_a_databag_beyond_all_bounds_is_no_answer(context):
    assert run(context, KAFKA_3 | {"data": "x" * 2**22}).unit_status.name == "waiting"


@pytest.mark.parametrize("note", ["not json", "5", "[null]", '{"topic": 5}', "[" * 100_000])
def test_a_note_of_our_own_that_cannot_be_read_is_none(context, note):
    kafka = testing.Relation("kafka", id=RELATION, remote_app_name="kafka")
    peers = testing.PeerRelation("data-integrator-peers", local_app_data={str(RELATION): note})
    state = testing.State(config=CONFIG, relations=[kafka, peers], leader=True)

    out = context.run(context.on.config_changed(), state)

    (peers,) = out.get_relations("data-integrator-peers")
    assert peers.local_app_data[str(RELATION)] == ASKED
