"""Rights of a client by its roles, and nothing beyond them."""

from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms.kafka import acls, topics

names = st.text("abc._-*", min_size=1, max_size=8)
roles = st.sets(st.sampled_from(acls.ROLES))


def plain(topic: str, *wanted: str, group: str = "relation-8-") -> set[tuple[str, ...]]:
    """Return the rules as tuples of resource, name, pattern, operation."""
    return {
        (rule.resource, rule.name, rule.pattern, rule.operation)
        for rule in acls.rules_of("relation-8", topic, wanted, group)
    }


def test_a_producer_creates_and_writes_its_topic() -> None:
    assert plain("t", "producer") == {
        ("TOPIC", "t", "LITERAL", "CREATE"),
        ("TOPIC", "t", "LITERAL", "WRITE"),
        ("TOPIC", "t", "LITERAL", "DESCRIBE"),
    }


def test_a_consumer_reads_its_topic_with_its_groups() -> None:
    assert plain("t", "consumer") == {
        ("TOPIC", "t", "LITERAL", "READ"),
        ("TOPIC", "t", "LITERAL", "DESCRIBE"),
        ("GROUP", "relation-8-", "PREFIXED", "READ"),
    }


def test_a_star_at_the_end_is_every_topic_of_that_prefix() -> None:
    assert plain("logs-*", "producer") == {
        ("TOPIC", "logs-", "PREFIXED", operation) for operation in ("CREATE", "WRITE", "DESCRIBE")
    }


def test_an_admin_may_do_everything_and_nobody_else() -> None:
    everything = {row for row in plain("t", "admin") if row[3] == "ALL"}
    assert ("BROKER", "kafka-cluster", "LITERAL", "ALL") in everything
    assert ("TOPIC", "*", "LITERAL", "ALL") in everything
    assert not {row for row in plain("t", "producer", "consumer") if row[3] == "ALL"}


def test_without_a_role_nothing_is_allowed() -> None:
    assert plain("t") == set()
    assert plain("t", "superuser", "root") == set()
    assert acls.parse_roles("producer, consumer") == {"producer", "consumer"}


@given(names | st.text("abc._-", max_size=4).map(lambda beginning: f"{beginning}*"))
def test_no_prefix_is_wider_than_three_letters(topic: str) -> None:
    if topics.find_topic_fault(topic, ()):
        return
    for rule in acls.rules_of("u", topic, {"producer"}, ""):
        assert rule.pattern == "LITERAL" or len(rule.name) >= 3


@given(names)
def test_a_star_among_the_first_three_letters_is_refused(topic: str) -> None:
    if "*" in topic[:3]:
        assert topics.find_topic_fault(topic, ())


@given(names, roles, st.sampled_from(["", "cg", "relation-8-"]))
def test_every_rule_is_for_this_user_alone(topic: str, some: set[str], group: str) -> None:
    rules = acls.rules_of("relation-8", topic, some, group)
    assert {rule.principal for rule in rules} == ({"User:relation-8"} if some else set())


@given(names, roles, roles)
def test_roles_add_up(topic: str, some: set[str], more: set[str]) -> None:
    one = acls.rules_of("u", topic, some, "g")
    other = acls.rules_of("u", topic, more, "g")
    assert acls.rules_of("u", topic, some | more, "g") == one | other
