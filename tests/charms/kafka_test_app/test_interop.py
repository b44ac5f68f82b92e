"""Kafka 4's library understands what kafka-test-app asks, and is understood."""

from dataclasses import replace

import pytest
from ops import testing

from tests.charms.kafka_client import grant

PEM = "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----"


@pytest.mark.parametrize("authority", ["", PEM])
def test_the_answer_of_the_library_starts_the_client(context, machine, authority):
    kafka = testing.Relation("kafka-cluster", remote_app_name="kafka")
    peers = testing.PeerRelation("app-peers")
    state = testing.State(config={"role": "producer"}, relations=[kafka, peers], leader=True)
    state = context.run(context.on.relation_created(kafka), state)
    relation = state.get_relation(kafka.id)

    request, told = grant(dict(relation.local_app_data), authority)
    answered = replace(relation, remote_app_data=told.databag)
    state = replace(
        state, relations=[answered, *state.get_relations("app-peers")], secrets=told.secrets
    )
    context.run(context.on.relation_changed(answered, remote_unit=0), state)

    assert (request.resource, request.extra_user_roles) == ("test-topic", "producer")
    assert machine.runs
    settings = machine.settings
    assert (settings["username"], settings["password"]) == ("relation-8", "word")
    assert settings["servers"] == f"10.0.0.1:{9093 if authority else 9092}"
    assert bool(settings["tls"]) == bool(authority)
    assert (machine.folder / "ca.pem").read_text() == authority
