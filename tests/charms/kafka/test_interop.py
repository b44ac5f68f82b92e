"""The library that Canonical's charms ask with understands what it is answered."""

from typing import Any

import ops
import pytest
from ops import testing

from tests.charms.kafka.modules import users
from tests.charms.kafka.unit import ADDRESS, CREDENTIALS, Unit, client

official: Any = pytest.importorskip("dpcharmlibs.interfaces", reason="dpcharmlibs-interfaces")


class Requirer(ops.CharmBase):
    """A charm that asks for a topic as Kafka 4's clients do, and keeps the answer."""

    answers: list[Any] = []  # noqa: RUF012 - the scenario makes the instances

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        request = official.RequirerCommonModel(
            resource="test-topic", extra_user_roles="producer,consumer"
        )
        self.kafka = official.ResourceRequirerEventHandler(
            self, "kafka", [request], response_model=official.KafkaResponseModel
        )
        framework.observe(self.kafka.on.resource_created, self._on_created)

    def _on_created(self, event: Any) -> None:
        self.answers.append(event.response)


@pytest.fixture
def requirer() -> testing.Context[Requirer]:
    Requirer.answers.clear()
    meta = {"name": "app", "requires": {"kafka": {"interface": "kafka_client"}}}
    return testing.Context(Requirer, meta=meta)


def test_the_library_of_version_1_reads_our_answer(
    unit: Unit, listening: None, requirer: testing.Context[Requirer]
) -> None:
    asking = testing.Relation("kafka", id=8, remote_app_name="kafka")
    state = testing.State(leader=True, relations=[asking])
    asked = requirer.run(requirer.on.relation_created(asking), state).get_relation(8)
    serving = unit.look(unit.look(unit.state()))
    mine = client(dict(asked.local_app_data))
    related = unit.look(unit.state(*serving.relations, mine, secrets=serving.secrets))
    related = unit.look(related)
    secrets = [
        testing.Secret(s.latest_content or s.tracked_content, id=s.id)
        for s in related.secrets
        if (s.label or "").startswith("kafka-client.8.")
    ]
    told = testing.Relation(
        "kafka",
        id=8,
        remote_app_name="kafka",
        local_app_data=asked.local_app_data,
        local_unit_data=asked.local_unit_data,
        remote_app_data=related.get_relation(8).local_app_data,
    )
    after = testing.State(leader=True, relations=[told], secrets=secrets)
    requirer.run(requirer.on.relation_changed(told), after)
    (answer,) = Requirer.answers
    user = answer.username
    assert user.startswith("relation-8-")
    assert answer.password == users.password(CREDENTIALS["users-key"], user)
    assert answer.endpoints == f"{ADDRESS}:9092"
    assert answer.tls is False
    assert answer.consumer_group_prefix == f"{user}-"
    assert answer.zookeeper_uris == "127.83.9.9:2181/kafka"
