"""`integrate` finds the one pair that fits, or says in Juju's words why there is none."""

import pytest
from msgspec.structs import replace

from kafkastack.errors import ConflictError, KafkastackError, NotFoundError
from kafkastack.model.charm import CharmMeta, EndpointMeta
from kafkastack.model.endpoints import (
    Side,
    count_relations,
    existing_relation,
    find_relation,
    peer_endpoints,
    resolve_integration,
    split_reference,
)
from kafkastack.model.records import Endpoint, Relation


def meta(name: str, *endpoints: EndpointMeta, subordinate: bool = False) -> CharmMeta:
    return CharmMeta(name, endpoints={e.name: e for e in endpoints}, subordinate=subordinate)


KAFKA = meta(
    "kafka",
    EndpointMeta("kafka-client", "provider", "kafka_client"),
    EndpointMeta("zookeeper", "requirer", "zookeeper", limit=1),
    EndpointMeta("certificates", "requirer", "tls-certificates", limit=1),
    EndpointMeta("peer-certificates", "requirer", "tls-certificates", limit=1),
    EndpointMeta("cluster", "peer", "cluster"),
)
ZOOKEEPER = meta("zookeeper", EndpointMeta("zookeeper", "provider", "zookeeper"))
CERTIFICATES = meta("tls", EndpointMeta("certificates", "provider", "tls-certificates"))
NTP = meta(
    "ntp", EndpointMeta("host", "requirer", "juju-info", scope="container"), subordinate=True
)


def resolve(first: str, one: CharmMeta, second: str, other: CharmMeta) -> str:
    sides = [
        Side(application, charm, endpoint)
        for (application, endpoint), charm in (
            (split_reference(first), one),
            (split_reference(second), other),
        )
    ]
    provider, requirer = resolve_integration(sides[0], sides[1])
    assert (provider.role, requirer.role) == ("provider", "requirer")
    return f"{provider} {requirer}"


@pytest.mark.parametrize("swapped", [False, True])
def test_the_provider_comes_first_whatever_was_typed_first(swapped: bool) -> None:
    typed = [("kafka", KAFKA), ("zookeeper", ZOOKEEPER)]
    (first, one), (second, other) = reversed(typed) if swapped else typed

    assert resolve(first, one, second, other) == "zookeeper:zookeeper kafka:zookeeper"


def test_an_endpoint_can_be_named() -> None:
    found = resolve("kafka:certificates", KAFKA, "tls", CERTIFICATES)

    assert found == "tls:certificates kafka:certificates"


def test_several_pairs_are_ambiguous() -> None:
    with pytest.raises(ConflictError) as caught:
        resolve("kafka", KAFKA, "tls", CERTIFICATES)

    assert str(caught.value) == (
        'ambiguous relation: "kafka tls" could refer to "kafka:certificates tls:certificates"; '
        '"kafka:peer-certificates tls:certificates"\n'
        "kafkastack integrate kafka:certificates tls:certificates"
    )


def test_juju_info_is_found_without_being_declared() -> None:
    assert resolve("ntp", NTP, "kafka", KAFKA) == "kafka:juju-info ntp:host"
    assert resolve("ntp", NTP, "kafka:juju-info", KAFKA) == "kafka:juju-info ntp:host"


def test_a_declared_pair_wins_over_juju_info() -> None:
    both = meta(
        "agent",
        EndpointMeta("host", "requirer", "juju-info", scope="container"),
        EndpointMeta("zk", "requirer", "zookeeper"),
        subordinate=True,
    )

    assert resolve("agent", both, "zookeeper", ZOOKEEPER) == "zookeeper:zookeeper agent:zk"


def test_container_scope_is_of_both_sides() -> None:
    provider, requirer = resolve_integration(Side("kafka", KAFKA), Side("ntp", NTP))

    assert provider.scope == requirer.scope == "container"


def test_container_scope_needs_a_subordinate() -> None:
    with pytest.raises(ConflictError, match="at least one subordinate"):
        resolve("kafka", KAFKA, "ntp", replace(NTP, subordinate=False))


@pytest.mark.parametrize(
    ("first", "one", "second", "other", "error"),
    [
        ("zookeeper", ZOOKEEPER, "tls", CERTIFICATES, "no relations found"),
        ("kafka:cluster", KAFKA, "zookeeper", ZOOKEEPER, "kafka:cluster is a peer endpoint"),
        ("kafka", KAFKA, "kafka", KAFKA, "no relations found: kafka and kafka are the same"),
        ("kafka:x", KAFKA, "zookeeper", ZOOKEEPER, 'application "kafka" has no "x" relation'),
        ("kafka:kafka-client", KAFKA, "zookeeper", ZOOKEEPER, "no relations found"),
    ],
)
def test_what_does_not_fit_is_said(
    first: str, one: CharmMeta, second: str, other: CharmMeta, error: str
) -> None:
    with pytest.raises(KafkastackError) as caught:
        resolve(first, one, second, other)

    assert error in str(caught.value)


def test_an_unknown_endpoint_lists_the_known_ones() -> None:
    with pytest.raises(NotFoundError, match="its endpoints: zookeeper"):
        resolve("kafka", KAFKA, "zookeeper:x", ZOOKEEPER)


def test_a_full_endpoint_is_refused() -> None:
    full = Side("kafka", KAFKA, used={"zookeeper": 1})

    with pytest.raises(ConflictError) as caught:
        resolve_integration(full, Side("zk2", ZOOKEEPER))

    assert (
        "establishing a new relation for kafka:zookeeper would exceed its maximum relation limit "
        "of 1 (quota limit exceeded)" in str(caught.value)
    )


def related(number: int, provider: str, requirer: str) -> Relation:
    sides = [split_reference(text) for text in (provider, requirer)]
    return Relation(
        number,
        (
            Endpoint(sides[0][0], sides[0][1], "i", "provider"),
            Endpoint(sides[1][0], sides[1][1], "i", "requirer"),
        ),
    )


RELATIONS = [
    Relation(0, (Endpoint("kafka", "cluster", "cluster", "peer"),)),
    related(1, "zookeeper:zookeeper", "kafka:zookeeper"),
    related(2, "tls:certificates", "kafka:certificates"),
    related(3, "tls:certificates", "kafka:peer-certificates"),
]


@pytest.mark.parametrize(
    ("first", "second", "number"),
    [
        ("kafka", "zookeeper", 1),
        ("zookeeper:zookeeper", "kafka", 1),
        ("kafka:peer-certificates", "tls", 3),
    ],
)
def test_a_relation_is_found_by_its_sides(first: str, second: str, number: int) -> None:
    assert find_relation(RELATIONS, first, second).id == number


def test_a_relation_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFoundError, match='relation "kafka mysql" not found'):
        find_relation(RELATIONS, "kafka", "mysql")
    with pytest.raises(NotFoundError):
        find_relation(RELATIONS, "kafka:cluster", "kafka:cluster")


def test_a_relation_must_be_meant_clearly() -> None:
    with pytest.raises(ConflictError, match="ambiguous relation"):
        find_relation(RELATIONS, "kafka", "tls")


def test_relations_are_counted_by_endpoint() -> None:
    assert count_relations(RELATIONS, "tls") == {"certificates": 2}
    assert count_relations(RELATIONS, "kafka")["cluster"] == 1


def test_an_existing_relation_is_recognised() -> None:
    pair = resolve_integration(Side("kafka", KAFKA), Side("zookeeper", ZOOKEEPER))

    found = existing_relation(RELATIONS, pair)

    assert found is not None and found.id == 1
    assert existing_relation(RELATIONS[:1], pair) is None


def test_peers_are_related_from_the_start() -> None:
    assert [str(e) for e in peer_endpoints("k2", KAFKA)] == ["k2:cluster"]
