"""Rights of a client by entity-permissions, and those that it is refused."""

import json
from typing import Any

import pytest
from kafkastack_charms.kafka import provider as wire

ASKED = {"topic": "test-topic", "extra-user-roles": ""}


def ask(*permissions: Any, roles: str = "") -> Any:
    named = {"entity-permissions": json.dumps(permissions), "extra-user-roles": roles}
    return wire.read_requests(9, {**ASKED, **named})


def entry(kind: str, name: str, *privileges: str) -> dict[str, Any]:
    return {"resource_name": name, "resource_type": kind, "privileges": privileges}


def test_each_privilege_is_a_rule_of_its_own() -> None:
    asked = ask(entry("TOPIC", "orders", "READ", "DELETE"), entry("GROUP", "team-*", "READ"))
    (request,) = asked.requests
    rules = {(r.user, r.resource, r.name, r.pattern, r.operation) for r in request.rules}
    assert rules == {
        ("relation-9", "TOPIC", "orders", "LITERAL", "READ"),
        ("relation-9", "TOPIC", "orders", "LITERAL", "DELETE"),
        ("relation-9", "GROUP", "team-", "PREFIXED", "READ"),
    }


def test_they_are_beside_the_roles() -> None:
    (alone,) = ask(roles="producer").requests
    (request,) = ask(entry("TOPIC", "orders", "READ"), roles="producer").requests
    assert alone.rules < request.rules
    assert len(request.rules - alone.rules) == 1


def test_none_are_none() -> None:
    entry = {"resource": "test-topic", "request-id": "one", "entity-permissions": None}
    (request,) = wire.read_requests(9, {"version": "v1", "requests": json.dumps([entry])}).requests
    assert request.rules == frozenset()


@pytest.mark.parametrize(
    ("permission", "reason"),
    [
        (
            entry("CLUSTER", "x", "READ"),
            "entity-permissions: 'CLUSTER' is neither TOPIC nor GROUP",
        ),
        (entry("TOPIC", "x", "ALL"), "entity-permissions of a TOPIC: 'ALL': none of CREATE"),
        (entry("GROUP", "g", "WRITE"), "entity-permissions of a GROUP: 'WRITE': none of DELETE"),
        (entry("TOPIC", "__consumer_offsets", "READ"), "topic __consumer_offsets is reserved"),
        (entry("TOPIC", "..", "READ"), "Kafka takes no topic '..'"),
        (entry("TOPIC", "a*", "READ"), "topic 'a*' is too wide"),
        (entry("GROUP", "*", "READ"), "consumer-group-prefix '*' is every group"),
        (entry("GROUP", "relation-8-x", "READ"), "consumer-group-prefix 'relation-8-x' covers"),
        ({**entry("TOPIC", "x"), "privileges": "READ"}, "entity-permissions[0].privileges is not"),
    ],
)
def test_what_would_reach_further_is_refused_by_name(permission: Any, reason: str) -> None:
    asked = ask(permission)
    assert asked.requests == ()
    assert asked.refused[0].startswith(reason)


@pytest.mark.parametrize("name", ["", " ", "****", "x" * 250])
def test_a_group_that_kafka_would_not_take_is_nobodys(name: str) -> None:
    asked = ask(entry("GROUP", name, "READ"), roles="admin")
    assert asked.requests == ()
    assert asked.refused[0].startswith("consumer-group-prefix")


def test_an_administrator_may_name_every_group() -> None:
    assert ask(entry("GROUP", "*", "READ"), roles="admin").requests


def test_a_refusal_is_short_however_many_privileges_are_unknown() -> None:
    asked = ask(entry("TOPIC", "x", *map(str, range(10_000))))
    assert len(asked.refused[0]) < 200


def test_a_request_has_a_bound() -> None:
    asked = ask(*[entry("TOPIC", f"topic-{n}", "READ") for n in range(26)])
    assert asked.refused == ("26 entity-permissions: a request has 25 at most",)
