"""clouds.yaml gets two entries, and is as it was when they are taken out."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kafkastack.microstack.access import with_entries, without_entries

OURS = (
    "  # kafkastack microstack: begin\n"
    "  microstack:\n    auth:\n      password: x\n"
    "  # kafkastack microstack: end\n"
)
OTHERS = "# mine\nclouds:\n  # the one at work\n  work:\n    auth: {username: ana}\n"


@pytest.mark.parametrize(
    "before", ["", "clouds:\n", OTHERS, "other: 1\n", "other: 1", "clouds: # x\n  a: {}\n"]
)
def test_entries_are_added_and_the_rest_stays(before: str):
    after = with_entries(before, "microstack", OURS)
    clouds = yaml.safe_load(after)["clouds"]
    assert clouds["microstack"] == {"auth": {"password": "x"}}
    known = (yaml.safe_load(before) or {}).get("clouds") or {}
    assert clouds.keys() == {"microstack", *known}


@pytest.mark.parametrize("before", ["", OTHERS, "clouds: # x\n  a: {}\n"])
def test_a_file_is_as_it_was_afterwards(before: str):
    after = with_entries(before, "microstack", OURS)
    assert without_entries(after, "microstack") == before


def test_entries_are_replaced_not_added_twice():
    once = with_entries(OTHERS, "microstack", OURS)
    assert with_entries(once, "microstack", OURS) == once


def test_another_installations_entries_stay():
    both = with_entries(
        OURS.join(("clouds:\n", "")), "microstack7", OURS.replace("microstack", "microstack7")
    )
    assert without_entries(both, "microstack7") == "clouds:\n" + OURS


@given(st.text())
def test_a_file_without_our_entries_is_left_alone(text: str):
    assert without_entries(text, "microstack") in (text, "")
