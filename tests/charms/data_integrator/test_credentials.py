"""Credentials that get-credentials hands over, and the unit's status meanwhile."""

import ops
import pytest
from ops import testing

RELATION = 90006  # above the ids that ops.testing hands out itself
CONFIG = {"topic-name": "test-topic", "extra-user-roles": "producer,consumer"}
ASKED = '{"extra-user-roles": "producer,consumer", "topic": "test-topic"}'
USER = testing.Secret({"username": "relation-6", "password": "s3cret"}, id="secret:user")
TLS = testing.Secret({"tls": "disabled", "tls-ca": "disabled"}, id="secret:tls")
KAFKA_3 = {
    "data": '{"topic": "test-topic"}',
    "endpoints": "10.0.0.1:9092,10.0.0.2:9092",
    "zookeeper-uris": "10.0.0.9:2181/kafka",
    "consumer-group-prefix": "relation-6-",
    "topic": "test-topic",
    "secret-user": "secret:user",
    "secret-tls": "secret:tls",
}
KAFKA_4 = {
    "data": "{}",
    "resource": "test-topic",
    "topic": "test-topic",
    "salt": "abcdefghijklmnop",
    "endpoints": "10.0.0.1:9092",
    "secret-user": "secret:user",
    "tls": "disabled",
    "version": "v0",
    "consumer-group-prefix": "relation-6-",
}


def answered(answer: dict[str, str], leader: bool = True, **options: str) -> testing.State:
    kafka = testing.Relation("kafka", id=RELATION, remote_app_name="kafka", remote_app_data=answer)
    peers = testing.PeerRelation("data-integrator-peers", local_app_data={str(RELATION): ASKED})
    return testing.State(
        config={**CONFIG, **options},
        relations=[kafka, peers],
        secrets=[USER, TLS],
        leader=leader,
    )


def test_credentials_of_kafka_3_hold_every_key_with_the_secrets_opened(context):
    context.run(context.on.action("get-credentials"), answered(KAFKA_3))

    assert context.action_results == {
        "ok": True,
        "kafka": {
            "data": '{"topic": "test-topic"}',
            "endpoints": "10.0.0.1:9092,10.0.0.2:9092",
            "zookeeper-uris": "10.0.0.9:2181/kafka",
            "consumer-group-prefix": "relation-6-",
            "topic": "test-topic",
            "username": "relation-6",
            "password": "s3cret",
            "tls": "disabled",
            "tls-ca": "disabled",
        },
    }


def test_credentials_of_kafka_4_are_read_by_a_follower_too(context):
    context.run(context.on.action("get-credentials"), answered(KAFKA_4, leader=False))

    kafka = context.action_results["kafka"]
    assert (kafka["username"], kafka["password"]) == ("relation-6", "s3cret")
    assert (kafka["tls"], kafka["version"], kafka["salt"]) == (
        "disabled",
        "v0",
        "abcdefghijklmnop",
    )


def test_credentials_need_a_resource_in_the_options(context):
    with pytest.raises(testing.ActionFailed) as failure:
        context.run(context.on.action("get-credentials"), testing.State())

    assert failure.value.message == (
        "The database name, topic name, index name, keyspace name, or prefix"
        " is not specified in the config."
    )
    assert context.action_results == {"ok": False}


@pytest.mark.parametrize("relations", [[], [testing.Relation("kafka")]])
def test_credentials_need_a_relation_that_was_answered(context, relations):
    with pytest.raises(testing.ActionFailed) as failure:
        context.run(
            context.on.action("get-credentials"),
            testing.State(config=CONFIG, relations=relations),
        )

    assert failure.value.message == "The action can be run only after relation is created."
    assert context.action_results == {"ok": False}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "Please specify either topic, index, database name, keyspace name, or prefix"),
        ({"topic-name": "abc*"}, "Please relate the data-integrator with the desired product"),
        ({"topic-name": "ab*"}, "Please pass an acceptable topic value"),
        ({"topic-name": "*"}, "Please pass an acceptable topic value"),
        ({"topic-name": "a*"}, "Please pass an acceptable topic value"),
        ({"topic-name": "no spaces"}, "Please pass an acceptable topic value"),
        ({"topic-name": ".."}, "Please pass an acceptable topic value"),
        ({"topic-name": "a" * 250}, "Please pass an acceptable topic value"),
        (
            {"topic-name": "t", "entity-type": "ROLE"},
            "Please pass an acceptable entity-type value: USER or GROUP",
        ),
        (
            {"topic-name": "t", "entity-permissions": "{"},
            "Please pass an acceptable entity-permissions value: a JSON list",
        ),
        (
            {"topic-name": "t", "entity-permissions": "[" * 100_000},
            "Please pass an acceptable entity-permissions value: a JSON list",
        ),
        (CONFIG, "Please relate the data-integrator with the desired product"),
    ],
)
def test_each_bad_option_blocks_with_its_own_text(context, config, message):
    out = context.run(context.on.config_changed(), testing.State(config=config, leader=True))

    assert out.unit_status == ops.BlockedStatus(message)


def test_an_answered_relation_is_active(context):
    out = context.run(context.on.update_status(), answered(KAFKA_3))

    assert out.unit_status == ops.ActiveStatus()


def test_a_relation_without_an_answer_says_who_is_waited_for(context):
    out = context.run(context.on.update_status(), answered({}))

    assert out.unit_status == ops.WaitingStatus(
        "Waiting for kafka to grant access to topic test-topic"
    )


@pytest.mark.parametrize("leader", [True, False])
def test_a_changed_topic_asks_for_a_new_relation_on_every_unit(context, leader):
    state = answered(KAFKA_3, leader=leader, **{"topic-name": "other"})

    out = context.run(context.on.config_changed(), state)

    assert out.unit_status == ops.BlockedStatus(
        "To change topic: test-topic, please remove relation and add it again"
    )


def test_changed_roles_ask_for_a_new_relation(context):
    out = context.run(
        context.on.config_changed(), answered(KAFKA_3, **{"extra-user-roles": "admin"})
    )

    assert out.unit_status == ops.BlockedStatus(
        "To change role info, please remove relation and add it again"
    )


def test_a_secret_that_is_not_granted_yet_is_waited_for(context):
    kafka = testing.Relation(
        "kafka", id=RELATION, remote_app_name="kafka", remote_app_data=KAFKA_3
    )
    peers = testing.PeerRelation("data-integrator-peers", local_app_data={str(RELATION): ASKED})
    state = testing.State(config=CONFIG, relations=[kafka, peers])

    out = context.run(context.on.relation_changed(kafka), state)

    assert out.unit_status == ops.WaitingStatus(
        "Waiting for kafka to grant access to topic test-topic"
    )


def test_the_wrong_product_is_named(context):
    mysql = testing.Relation("mysql", remote_app_name="mysql")
    peers = testing.PeerRelation("data-integrator-peers")
    state = testing.State(config=CONFIG, relations=[mysql, peers], leader=True)

    out = context.run(context.on.relation_created(mysql), state)

    assert out.unit_status == ops.BlockedStatus(
        "Please specify the database name that is wanted of mysql"
    )
