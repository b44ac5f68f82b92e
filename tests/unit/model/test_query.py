"""A query of wait-for means what Juju's goal states mean, and says where it cannot be read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkastack.errors import UsageError
from kafkastack.model.query import holds, parse_query

UNITS = {
    "a/0": {"life": "alive", "workload-status": "active"},
    "a/1": {"life": "alive", "workload-status": "waiting"},
}
SCOPE: dict[str, Any] = {"life": "alive", "status": "active", "units": UNITS, "exposed": False}


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ('status=="active"', True),
        ("status=='blocked'", False),
        ('status!="blocked" && life=="alive"', True),
        ('status=="blocked" || life=="alive" && exposed==false', True),
        ('(status=="blocked" || life=="alive") && exposed==true', False),
        ("len(units) > 1", True),
        ("len(units) <= 1.5", False),
        ('startsWith(status, "act") && endsWith(status, "ive")', True),
        ('forEach(units, unit => unit.life=="alive")', True),
        ('forEach(units, u => u.workload-status=="active")', False),
        ('forEach(units, u => startsWith(u.workload-status, "a") || u.life=="alive")', True),
        ("status > 3", False),
        ("len(status) == 6", True),
        ("exposed", False),
    ],
)
def test_a_query_is_true_or_not(query: str, answer: bool):
    assert holds(parse_query(query), SCOPE) is answer


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("", "its end"),
        ('status=="active', '"active'),
        ("status==", "its end"),
        ("(status", "its end"),
        ("status==3 4", "4"),
        ("unknown(status)", "unknown(status)"),
        ("len(status, units)", "len(status, units)"),
        ("forEach(units, 3 => true)", "3 => true)"),
        ("a ; b", "; b"),
    ],
)
def test_what_cannot_be_read_is_named(query: str, where: str):
    with pytest.raises(UsageError) as refused:
        parse_query(query)
    assert refused.value.message == f'cannot parse query "{query}" at {where}'


def test_a_name_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(UsageError, match='"nothing" is not known here'):
        holds(parse_query("nothing==1"), SCOPE)


TEXTS = st.text(st.characters(exclude_characters='"\\', exclude_categories=["Cs"]))


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_any_text_can_be_compared_and_clauses_joined(texts: list[str]):
    queries = [f'status=="{text}"' for text in texts]
    answers = [text == "active" for text in texts]
    assert holds(parse_query(" && ".join(queries)), SCOPE) is all(answers)
    assert holds(parse_query(" || ".join(queries)), SCOPE) is any(answers)


@given(st.text(max_size=30))
def test_any_text_is_a_query_or_refused(text: str):
    try:
        parse_query(text)
    except UsageError as refused:
        assert "cannot parse query" in refused.message


NESTED = "forEach(units, a => forEach(units, b => {}))"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("(" * 2000, "the query has more than 50 brackets in brackets"),
        ("len(" * 2000, "the query has more than 50 brackets in brackets"),
        ("(" * 50 + "true" + ")" * 50, "the query has more than 50 brackets in brackets"),
        (NESTED.format(NESTED.format("true")), "the query has more than 2 forEach in each other"),
        ("life || " * 2000, "the query has 16000 characters: at most 10000"),
    ],
)
def test_a_query_is_no_deeper_and_longer_than_anybody_writes(query: str, said: str):
    with pytest.raises(UsageError) as refused:
        parse_query(query)
    assert refused.value.message == said


@pytest.mark.parametrize(
    "query", ["(" * 49 + "true" + ")" * 49, f"{NESTED.format('true')} && {NESTED.format('true')}"]
)
def test_as_deep_as_it_may_be_it_is_understood(query: str):
    assert holds(parse_query(query), SCOPE)
