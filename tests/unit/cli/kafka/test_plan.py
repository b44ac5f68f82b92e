"""Commands left to type until a Kafka is as it was asked for."""

from typing import Any

import pytest

from kafkastack.cli.kafka.plan import (
    NOTHING,
    Step,
    Wanted,
    exposed_ports,
    is_stopped,
    not_active,
    steps,
)
from kafkastack.errors import ConflictError

DEPLOY = ("deploy", "kafka", "--channel", "4/stable", "--config", "roles=broker,controller")
CA, USERS = "self-signed-certificates", "data-integrator"


def status(*names: str, brokers: int = 1, **kafka: Any) -> dict[str, Any]:
    """Return the status of a model with these applications."""
    applications: dict[str, Any] = {name: {} for name in names}
    if "kafka" in names:
        units = {f"kafka/{number}": {} for number in range(brokers)}
        applications["kafka"] = {"units": units, "charm-channel": "4/stable", **kafka}
    return {"model": {"name": "mine"}, "applications": applications, "machines": {}}


def related(*names: str) -> dict[str, Any]:
    ends = [{"related-application": name} for name in names]
    return {"certificates": ends[:1], "kafka-client": ends[1:]}


def kinds(found: list[Step]) -> list[tuple[str, ...]]:
    return [step[:2] for step in found]


COMPLETE = status("kafka", CA, USERS, relations=related(CA, USERS))


def test_a_new_model_gets_a_broker_an_authority_and_a_user_who_may_do_everything():
    assert steps(status(), Wanted()) == [
        ("deploy", CA),
        ("deploy", USERS, "--config", "topic-name=any", "--config", "extra-user-roles=admin"),
        (*DEPLOY, "-n", "1"),
        ("integrate", "kafka:certificates", CA),
        ("integrate", "kafka", USERS),
    ]


def test_nothing_is_left_of_what_is_complete():
    assert steps(COMPLETE, Wanted()) == []
    assert steps(COMPLETE, Wanted(brokers=1)) == []


@pytest.mark.parametrize(
    ("there", "left"),
    [
        (status("kafka"), ["deploy", "deploy", "integrate", "integrate"]),
        (status("kafka", CA), ["deploy", "integrate", "integrate"]),
        (status("kafka", CA, USERS, relations=related(CA)), ["integrate"]),
    ],
)
def test_an_interrupted_start_goes_on_where_it_was(there: dict[str, Any], left: list[str]):
    assert [step[0] for step in steps(there, Wanted())] == left


def test_what_a_person_has_added_is_left_alone():
    more = status("kafka", CA, USERS, "mine", relations=related(CA, USERS, "mine"))
    assert steps(more, Wanted()) == []


def test_more_brokers_are_added_to_those_that_are_there():
    assert steps(COMPLETE, Wanted(brokers=3)) == [("add-unit", "kafka", "-n", "2")]


def test_brokers_are_not_taken_away_by_a_start():
    three = status("kafka", CA, USERS, brokers=3, relations=related(CA, USERS))
    with pytest.raises(ConflictError, match="hands over") as refused:
        steps(three, Wanted(brokers=1))
    assert refused.value.advice.endswith("kafkastack remove-unit -m mine kafka/2")


def test_a_kafka_of_another_track_is_refused():
    with pytest.raises(ConflictError, match="of channel 3/stable"):
        steps(status("kafka", **{"charm-channel": "3/stable"}), Wanted())


def test_a_new_kafka_is_exposed_from_its_start():
    found = steps(status(), Wanted(address="10.0.0.1"))
    deployed = next(step for step in found if step[:2] == ("deploy", "kafka"))
    assert {"extra-listeners=10.0.0.1:3000{unit}", "certificate-extra-sans=10.0.0.1"} < {*deployed}
    assert ("expose", "kafka") in found


def test_exposing_changes_two_options_and_says_so_to_the_cloud():
    assert steps(COMPLETE, Wanted(address="10.0.0.1")) == [
        (
            "config",
            "kafka",
            "extra-listeners=10.0.0.1:3000{unit}",
            "certificate-extra-sans=10.0.0.1",
        ),
        ("expose", "kafka"),
    ]


def test_an_exposed_kafka_stays_so_until_it_is_closed():
    there = status("kafka", CA, USERS, relations=related(CA, USERS), exposed=True)
    assert steps(there, Wanted()) == []
    assert kinds(steps(there, Wanted(address=""))) == [("config", "kafka"), ("unexpose", "kafka")]
    assert steps(COMPLETE, Wanted(address="")) == []


EXPOSED = {"exposed": True, "relations": related(CA, USERS)}
# The numbers of units only grow: ten replaced brokers are enough.
REPLACED = {"units": {"kafka/10": {}}}


@pytest.mark.parametrize(
    ("there", "wanted", "broker"),
    [
        (status("kafka", CA, USERS, brokers=11), Wanted(address="127.0.0.5"), "kafka/10"),
        (status("kafka", CA, USERS, **REPLACED), Wanted(address="127.0.0.5"), "kafka/10"),
        (status("kafka", CA, USERS, **EXPOSED), Wanted(brokers=11), "kafka/10"),
        (status("kafka", CA, USERS, brokers=3), Wanted(12, "127.0.0.5"), "kafka/11"),
        (status(), Wanted(11, "127.0.0.5"), "kafka/10"),
    ],
)
def test_a_broker_whose_number_has_no_port_is_refused_before_anything_is_typed(
    there: dict[str, Any], wanted: Wanted, broker: str
):
    with pytest.raises(ConflictError, match=f"{broker} would have no port") as refused:
        steps(there, wanted)
    assert "--no-expose" in str(refused.value.advice) or "--name" in str(refused.value.advice)


def test_who_is_closed_may_grow_beyond_the_ports():
    grown = status("kafka", CA, USERS, **EXPOSED)
    assert ("add-unit", "kafka", "-n", "10") in steps(grown, Wanted(11, ""))
    there = status("kafka", CA, USERS, brokers=11, relations=related(CA, USERS))
    assert steps(there, Wanted()) == []


@pytest.mark.parametrize("current", ["running", "stopped", "pending"])
def test_a_kafka_is_stopped_when_its_machines_are(current: str):
    machines = {"0": {"machine-status": {"current": current}}}
    assert is_stopped({"applications": {}, "machines": machines}) is (current == "stopped")


def test_a_broker_that_is_not_active_is_told_with_what_it_says():
    there = status("kafka", brokers=2)
    units = there["applications"]["kafka"]["units"]
    units["kafka/0"]["workload-status"] = {"current": "active", "message": ""}
    units["kafka/1"]["workload-status"] = {"current": "blocked", "message": "broker not running"}
    assert not_active(there) == ["kafka/1 is blocked: broker not running"]


AT = "127.0.0.5"
LISTENERS = AT + ":3000{unit}"


@pytest.mark.parametrize(
    ("there", "wanted", "listeners", "ports"),
    [
        (NOTHING, Wanted(address=AT), "", [39093]),
        (NOTHING, Wanted(3, AT), "", [39093, 39094, 39095]),
        (COMPLETE, Wanted(address=AT), "", [39093]),
        (COMPLETE, Wanted(address=AT), LISTENERS, []),
        (COMPLETE, Wanted(2, AT), LISTENERS, [39094]),
        (COMPLETE, Wanted(address="127.0.0.6"), LISTENERS, [39093]),
    ],
)
def test_ports_that_brokers_have_already_are_not_asked_for_again(
    there: dict[str, Any], wanted: Wanted, listeners: str, ports: list[int]
):
    assert exposed_ports(there, wanted, listeners) == ports
