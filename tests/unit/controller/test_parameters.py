"""Whatever is sent to a controller, it answers with a sentence: each verb by its own signature."""

import asyncio
from typing import Any

import pytest

from kafkastack.controller.api import API
from kafkastack.controller.api.parameters import checked
from kafkastack.errors import UsageError

DEEP: dict[str, Any] = {}
inner = DEEP
for _ in range(150):
    inner["a"] = inner = {}


async def verb(_session: object, name: str, units: list[str], wait: float, zone: int = 0) -> None:
    """Do nothing."""


GOOD = {"name": "a", "units": ["u"], "wait": 1}


def test_good_ones_are_passed_and_defaults_are_filled_in():
    assert checked("v", verb, GOOD) == {**GOOD, "zone": 0}
    asyncio.run(verb(None, **checked("v", verb, {**GOOD, "zone": 1})))


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({**GOOD, "more": 1}, "unknown field `more`"),
        ({"name": "a", "units": []}, "missing required field `wait`"),
        ({**GOOD, "name": 5}, r"Expected `str`, got `int` - at `\$\.name`"),
        ({**GOOD, "units": "u"}, r"Expected `array`, got `str` - at `\$\.units`"),
        ({**GOOD, "units": [None]}, r"Expected `str`, got `null` - at `\$\.units\[0\]`"),
        ({**GOOD, "zone": True}, "Expected `int`, got `bool`"),
        ({**GOOD, "name": "a\0"}, r"'a\\x00' is not text: it has a NUL"),
        ({**GOOD, "a\0": 1}, "is not text"),
        ({**GOOD, "name": DEEP}, "more than 100 levels in one value"),
    ],
)
def test_what_is_wrong_is_said(parameters: dict[str, Any], said: str):
    with pytest.raises(UsageError, match=f'^"v" was called wrongly: .*{said}'):
        checked("v", verb, parameters)


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        ("status", {"selectors": [], "utc_offset": 10**9}, r"`int` <.* at `\$\.utc_offset`"),
        ("hooks", {"name": "a", "newest": -1, "zone": [0, ""]}, "`int` >= 0"),
        ("hooks", {"name": "a", "newest": 0, "zone": [-86400, ""]}, r"at `\$\.zone\[0\]`"),
        ("debug-log", {"lines": 10**30, "follow": False, "wanted": {}}, "more than 64 bits"),
        ("debug-log", {"lines": 1, "follow": False, "wanted": {"who": []}}, "unknown field `who`"),
        ("operations", {"wanted": {"limit": "many"}, "zone": [0, ""]}, "got `str`"),
        ("wait-for", {"kind": "k", "name": "", "query": "", "timeout": 1}, "Invalid enum value"),
        (
            "wait-idle",
            {"applications": [], "timeout": 1e300, "allow_blocked": False},
            "`float` <=",
        ),
        ("advance-time", {"amount": float("nan")}, "nan is no number"),
        ("destroy-model", {"force": False, "timeout": -1, "storage": ""}, "`float` >= 0"),
        ("destroy-model", {"force": False, "timeout": 1, "storage": "x"}, "Invalid enum value"),
    ],
)
def test_an_absurd_value_is_refused_before_it_is_used(
    name: str, parameters: dict[str, Any], said: str
):
    with pytest.raises(UsageError, match=f'^"{name}" was called wrongly: .*{said}'):
        checked(name, API[name], parameters)


@pytest.mark.parametrize("name", API)
def test_each_verb_refuses_what_it_does_not_take(name: str):
    with pytest.raises(UsageError, match=f'^"{name}" was called wrongly'):
        checked(name, API[name], {"nobody_takes_this": 1})
