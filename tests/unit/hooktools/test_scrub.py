"""What is blanked in a text is every value in it; what that costs is a matter of the text."""

import sys
from collections.abc import Callable, Iterable

import pytest

from kafkastack.hooktools.scrub import BLANK, Scrubber, Values
from kafkastack.model.records import SecretRevision
from kafkastack.store.store import Transaction

MODEL = "m"
LINE = "it says: " + "x" * 1000


def scrubber(lines: Iterable[str]) -> tuple[Scrubber, Transaction]:
    """Return the scrubber of a model with one secret of several lines, and its records."""
    records = Transaction({})
    records.put(MODEL, SecretRevision("a", 1, {"key": "\n".join(lines)}, 0.0))
    return Scrubber(records, MODEL), records


def calls_of(act: Callable[[], object]) -> int:
    """Return how many functions are called, those of the interpreter too."""
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        act()
    finally:
        sys.setprofile(before)
    return count


def calls_of_a_line(lines: Iterable[str]) -> int:
    """Return what a line of the log costs once there has been another one."""
    blanking, _ = scrubber(lines)
    blanking.scrub("")
    return calls_of(lambda: blanking.scrub(LINE))


def test_a_line_of_the_log_costs_the_same_however_many_lines_the_secrets_have():
    few, many = (calls_of_a_line(f"{n:012}" for n in range(count)) for count in (100, 10_000))
    assert many == few <= 2 * len(LINE)


@pytest.mark.parametrize(
    "values",
    [
        [f"password{n:06}" for n in range(5000)],
        ["a" * n for n in range(8, 1000)],
        ["a" * n + "b" for n in range(8, 1000)],
    ],
    ids=["that begin alike", "that begin with each other", "that end in another letter"],
)
@pytest.mark.parametrize("text", ["password" * 250, "a" * 2000, ("a" * 40 + "c") * 50])
def test_a_text_costs_so_much_a_character_whatever_the_values_are(values: list[str], text: str):
    known = Values(values)
    assert calls_of(lambda: known.blank(text)) <= 32 * len(text)


def test_a_few_values_cost_a_few_calls_however_long_the_text_is():
    known = Values(["a" * 60_000 + "b", "password"])
    assert calls_of(lambda: known.blank("a" * 200_000)) < 20


def test_a_secret_that_is_made_after_a_line_is_hidden_in_the_next():
    blanking, records = scrubber(["first-secret"])
    assert blanking.scrub("first-secret other-secret") == f"{BLANK} other-secret"
    records.put(MODEL, SecretRevision("b", 1, {"key": "other-secret"}, 0.0))
    assert blanking.scrub("first-secret other-secret") == f"{BLANK} {BLANK}"


def test_what_is_told_beside_the_secrets_is_hidden_in_the_next_line():
    blanking, _ = scrubber(["first-secret"])
    blanking.scrub("")
    blanking.hide(["credential"])
    assert blanking.scrub("a credential, first-secret") == f"a {BLANK}, {BLANK}"


@pytest.mark.parametrize(
    ("values", "text", "shown"),
    [
        (["password", "password-of-admin"], "password-of-admin", BLANK),
        (["password", "password-of-admin"], "password-of-anybody", f"{BLANK}-of-anybody"),
        (["password", "password-of-admin", "password-of-b"], "password-of-c", f"{BLANK}-of-c"),
        (["user:password", "password-of-admin"], "user:password-of-admin.", f"{BLANK}."),
        (["password"], "passwordpassword", BLANK * 2),
        (["short"], "short", "short"),
        ([], "password", "password"),
    ],
)
def test_the_longest_value_is_blanked_and_nothing_is_left_of_two_that_overlap(
    values: list[str], text: str, shown: str
):
    assert Values(values).blank(text) == shown
