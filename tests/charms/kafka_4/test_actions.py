"""Actions of the charm, and those of the original that mean nothing here."""

from typing import Any

import pytest
from ops import testing

from tests.charms.kafka_4.unit import Unit


@pytest.mark.parametrize(
    ("name", "params", "reason"),
    [
        ("rebalance", {}, "There is no balancer yet: it comes with rebalancing."),
        ("rebalance", {"mode": "add", "brokerid": 103}, "There is no balancer yet"),
        ("force-refresh-start", {}, "juju refresh kafka begins at once"),
        ("resume-refresh", {}, "A refresh pauses nowhere"),
    ],
)
def test_an_action_that_does_nothing_here_says_why(
    unit: Unit, name: str, params: dict[str, Any], reason: str
) -> None:
    with pytest.raises(testing.ActionFailed) as refused:
        unit.run(unit.context.on.action(name, params=params), unit.state())
    assert reason in refused.value.message


def test_listeners_are_told(unit: Unit) -> None:
    unit.run(unit.context.on.action("get-listeners"), unit.look(unit.state()))
    listeners = unit.context.action_results or {}
    told = {one["name"]: (one["port"], one["scope"]) for one in listeners.values()}
    assert told["INTERNAL_SASL_SSL_SCRAM_SHA_512"] == (19093, "INTERNAL")
