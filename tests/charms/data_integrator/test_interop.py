"""Kafka 4's library understands what data-integrator asks, and is understood."""

from dataclasses import replace
from typing import Any

import pytest
from ops import testing

from tests.charms.kafka_client import grant

CONFIG = {"topic-name": "test-topic", "extra-user-roles": "producer,consumer"}
PEM = "-----BEGIN CERTIFICATE-----"


def asked(context: Any, **options: str) -> tuple[testing.Relation, testing.State]:
    kafka = testing.Relation("kafka", remote_app_name="kafka")
    peers = testing.PeerRelation("data-integrator-peers")
    state = testing.State(config={**CONFIG, **options}, relations=[kafka, peers], leader=True)
    after = context.run(context.on.relation_created(kafka), state)
    return after.get_relation(kafka.id), after


def test_the_library_reads_a_request_of_version_0(context):
    options = {
        "consumer-group-prefix": "cg-",
        "entity-type": "USER",
        "entity-permissions": '[{"resource_name": "t", "resource_type": "TOPIC",'
        ' "privileges": ["READ"]}]',
    }
    relation, _ = asked(context, **options)
    request, _ = grant(dict(relation.local_app_data))
    assert request.version == "v0"
    assert (request.resource, request.extra_user_roles) == ("test-topic", "producer,consumer")
    assert (request.entity_type, request.entity_permissions[0].privileges) == ("USER", ["READ"])
    assert request.model_extra["consumer-group-prefix"] == "cg-"


@pytest.mark.parametrize(("authority", "tls"), [("", "false"), (PEM, "true")])
def test_the_answer_of_the_library_is_handed_over(context, authority, tls):
    relation, state = asked(context)
    _, told = grant(dict(relation.local_app_data), authority)
    answered = replace(relation, remote_app_data=told.databag)
    others = [r for r in state.relations if r.id != relation.id]
    state = replace(state, relations=[answered, *others], secrets=told.secrets)
    state = context.run(context.on.relation_changed(answered, remote_unit=0), state)
    assert state.unit_status == testing.ActiveStatus()
    context.run(context.on.action("get-credentials"), state)
    found = context.action_results["kafka"]
    assert {key: found.get(key, "") for key in ("username", "password", "topic", "tls")} == {
        "username": "relation-8",
        "password": "word",
        "topic": "test-topic",
        "tls": tls,
    }
    assert found.get("tls-ca", "") == authority
    assert found["consumer-group-prefix"] == "relation-8-"
    assert found["endpoints"] == f"10.0.0.1:{9093 if authority else 9092}"
