"""Wire format of data-integrator, byte for byte, and its reading of an answer."""

import json

import pytest
from ops import testing

CONFIG = {"topic-name": "test-topic", "extra-user-roles": "producer,consumer"}
REQUESTED = (
    '["username", "password", "tls", "tls-ca", "uris",'
    ' "read-only-uris", "entity-name", "entity-password"]'
)
PROVIDED = '["mtls-cert"]'


def related(relation: testing.Relation, leader: bool = True, **options: str) -> testing.State:
    peers = testing.PeerRelation("data-integrator-peers")
    return testing.State(config={**CONFIG, **options}, relations=[relation, peers], leader=leader)


def test_the_leader_asks_kafka_in_the_v0_wire_format(context):
    kafka = testing.Relation("kafka", remote_app_name="kafka")

    out = context.run(context.on.relation_created(kafka), related(kafka))

    asked = out.get_relation(kafka.id)
    assert asked.local_app_data == {
        "requested-secrets": REQUESTED,
        "provided-secrets": PROVIDED,
        "topic": "test-topic",
        "extra-user-roles": "producer,consumer",
    }
    assert {k: asked.local_unit_data[k] for k in ("requested-secrets", "provided-secrets")} == {
        "requested-secrets": REQUESTED,
        "provided-secrets": PROVIDED,
    }
    assert "version" not in asked.local_app_data


def test_a_follower_asks_nothing(context):
    kafka = testing.Relation("kafka")

    out = context.run(context.on.relation_created(kafka), related(kafka, leader=False))

    assert out.get_relation(kafka.id).local_app_data == {}


def test_every_kafka_option_reaches_the_wire(context):
    permissions = '[{"resource_name": "t", "resource_type": "TOPIC", "privileges": ["READ"]}]'
    options = {
        "consumer-group-prefix": "cg",
        "extra-group-roles": "consumer",
        "entity-type": "USER",
        "entity-permissions": permissions,
    }
    kafka = testing.Relation("kafka")

    out = context.run(context.on.relation_created(kafka), related(kafka, **options))

    assert options.items() <= out.get_relation(kafka.id).local_app_data.items()


def test_the_client_certificate_travels_in_a_granted_secret(context):
    kafka = testing.Relation("kafka")

    out = context.run(context.on.relation_created(kafka), related(kafka, **{"mtls-cert": "PEM"}))

    (secret,) = out.secrets
    assert secret.tracked_content == {"mtls-cert": "PEM"}
    assert secret.label == f"kafka.{kafka.id}.mtls.secret"
    assert secret.owner == "app"
    assert secret.remote_grants == {kafka.id: {"remote"}}
    assert out.get_relation(kafka.id).local_app_data["secret-mtls"] == secret.id


@pytest.mark.parametrize(
    ("endpoint", "option", "kind"),
    [
        ("mysql", "database-name", "database"),
        ("postgresql", "database-name", "database"),
        ("mongodb", "database-name", "database"),
        ("zookeeper", "database-name", "database"),
        ("opensearch", "index-name", "index"),
        ("etcd", "prefix-name", "prefix"),
    ],
)
def test_other_products_are_asked_by_their_own_word(context, endpoint, option, kind):
    product = testing.Relation(endpoint)

    out = context.run(context.on.relation_created(product), related(product, **{option: "mine"}))

    assert out.get_relation(product.id).local_app_data[kind] == "mine"
    assert "topic" not in out.get_relation(product.id).local_app_data


def test_a_topic_that_kafka_would_refuse_is_not_asked_for(context):
    kafka = testing.Relation("kafka")

    out = context.run(context.on.relation_created(kafka), related(kafka, **{"topic-name": "t*"}))

    assert out.get_relation(kafka.id).local_app_data == {}


def test_a_topic_configured_late_is_asked_for_then(context):
    kafka = testing.Relation("kafka")
    unnamed = related(kafka, **{"topic-name": ""})
    out = context.run(context.on.relation_created(kafka), unnamed)
    assert out.get_relation(kafka.id).local_app_data == {}

    named = testing.State(config=CONFIG, relations=out.relations, leader=True)
    out = context.run(context.on.config_changed(), named)

    assert out.get_relation(kafka.id).local_app_data["topic"] == "test-topic"


def test_what_was_asked_is_not_changed_under_a_living_relation(context):
    kafka = testing.Relation("kafka")
    out = context.run(context.on.relation_created(kafka), related(kafka))

    other = testing.State(
        config={**CONFIG, "topic-name": "other"}, relations=out.relations, leader=True
    )
    out = context.run(context.on.config_changed(), other)

    assert out.get_relation(kafka.id).local_app_data["topic"] == "test-topic"


def test_the_peers_learn_what_was_asked_and_forget_it_with_the_relation(context):
    kafka = testing.Relation("kafka")
    out = context.run(context.on.relation_created(kafka), related(kafka))
    (peers,) = out.get_relations("data-integrator-peers")
    assert json.loads(peers.local_app_data[str(kafka.id)])["topic"] == "test-topic"

    out = context.run(context.on.relation_broken(out.get_relation(kafka.id)), out)

    (peers,) = out.get_relations("data-integrator-peers")
    assert peers.local_app_data == {}
