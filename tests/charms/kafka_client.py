"""The two sides of kafka_client as Canonical's own library plays them."""

import warnings
from dataclasses import dataclass, replace
from typing import Any

import ops
from ops import testing

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its models are not to the taste of a newer pydantic
    from dpcharmlibs import interfaces as official

RELATION = 8


@dataclass(frozen=True)
class Told:
    """What one side has written: its databag, and the contents of the secrets named there."""

    databag: dict[str, str]
    secrets: list[testing.Secret]


class Requirer(ops.CharmBase):
    """A charm that asks for topics as Kafka 4's clients do, and keeps the answers."""

    requests: list[dict[str, str]] = []  # noqa: RUF012 - the scenario makes the instances
    answers: list[Any] = []  # noqa: RUF012

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.kafka: Any = official.ResourceRequirerEventHandler(
            self,
            "kafka",
            [official.KafkaRequestModel(**request) for request in self.requests],
            response_model=official.KafkaResponseModel,
        )
        framework.observe(self.kafka.on.resource_created, self._on_created)

    def _on_created(self, event: Any) -> None:
        self.answers.append(event.response)


class Asking:
    """An application that asks for topics by the library."""

    def __init__(self, *requests: dict[str, str]) -> None:
        self._charm = type("Asking", (Requirer,), {"requests": list(requests), "answers": []})
        meta = {"name": "app", "requires": {"kafka": {"interface": "kafka_client"}}}
        self._context = testing.Context(self._charm, meta=meta)
        relation = testing.Relation("kafka", id=RELATION, remote_app_name="kafka")
        self._asked = self._run(self._context.on.relation_created, relation, [])

    @property
    def databag(self) -> dict[str, str]:
        """What it asks."""
        return dict(self._asked.local_app_data)

    def listen(self, told: Told) -> list[Any]:
        """Return what it understands of an answer, one response for each topic."""
        answered = replace(self._asked, remote_app_data=told.databag)
        self._run(self._context.on.relation_changed, answered, told.secrets)
        return self._charm.answers

    def _run(
        self, event: Any, relation: testing.Relation, secrets: list[testing.Secret]
    ) -> testing.Relation:
        state = testing.State(leader=True, relations=[relation], secrets=secrets)
        unit = {"remote_unit": 0} if relation.remote_app_data else {}
        return self._context.run(event(relation, **unit), state).get_relation(RELATION)


class Provider(ops.CharmBase):
    """A charm that grants every request as Kafka 4 does, with or without TLS."""

    authority = ""
    asked: list[Any] = []  # noqa: RUF012 - the scenario makes the instances

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.kafka: Any = official.ResourceProviderEventHandler(
            self, "kafka-client", official.KafkaRequestModel
        )
        for event in (self.kafka.on.resource_requested, self.kafka.on.resource_entity_requested):
            framework.observe(event, self._on_requested)

    def _on_requested(self, event: Any) -> None:
        self.asked.append(event.request)
        user = f"relation-{event.relation.id}"
        response = official.KafkaResponseModel(
            salt=event.request.salt,
            request_id=event.request.request_id,
            resource=event.request.resource,
            endpoints=f"10.0.0.1:{9093 if self.authority else 9092}",
            username=user,
            password="word",
            tls=bool(self.authority),
            tls_ca=self.authority or None,
            consumer_group_prefix=f"{user}-",
        )
        self.kafka.set_response(event.relation.id, response)


def grant(databag: dict[str, str], authority: str = "") -> tuple[Any, Told]:
    """Return what a provider has understood of a databag, and what it answers."""
    made = type("Granting", (Provider,), {"authority": authority, "asked": []})
    meta = {"name": "kafka", "provides": {"kafka-client": {"interface": "kafka_client"}}}
    context = testing.Context(made, meta=meta)
    asked = testing.Relation("kafka-client", id=RELATION, remote_app_data=databag)
    state = testing.State(leader=True, relations=[asked])
    after = context.run(context.on.relation_changed(asked, remote_unit=0), state)
    (request,) = made.asked
    bag = dict(after.get_relation(RELATION).local_app_data)
    return request, Told(bag, hand_over(after.secrets))


def hand_over(secrets: Any) -> list[testing.Secret]:
    """Return the secrets of one side as the other side gets them."""
    return [
        testing.Secret(secret.latest_content or secret.tracked_content, id=secret.id)
        for secret in secrets
        if secret.owner
    ]
