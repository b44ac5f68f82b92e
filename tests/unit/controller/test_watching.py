"""Machines that others have ended are let go of, and said to be down."""

from kafkastack.controller.watching import not_attached, seen
from kafkastack.errors import CloudAwayError, NotFoundError
from kafkastack.model.records import Machine, StatusInfo

RECORD = Machine("0", "", 0.0, StatusInfo("running"), StatusInfo("started", since=1.0))
PENDING = Machine("0", "", 0.0, StatusInfo("pending"), StatusInfo("pending"))
AWAY = CloudAwayError('cloud "c" does not answer', "is it up?")


def test_a_machine_that_was_there_is_down_since_it_was_lost():
    first = not_attached(RECORD, NotFoundError("it is lost", "remove it"), 5.0)
    record = Machine("0", "", 0.0, first["status"], first["agent"])
    again = not_attached(record, NotFoundError("still"), 9.0)

    assert first["agent"].current == "down"
    assert again["agent"].since == 5.0
    assert (first["status"].message, again["status"].message) == ("it is lost\nremove it", "still")


def test_a_machine_that_was_never_there_has_an_error_and_is_not_down():
    assert [*not_attached(PENDING, NotFoundError("quota"), 5.0)] == ["status"]


def test_a_machine_of_a_cloud_that_is_away_has_no_error_of_its_own():
    changes = seen(RECORD, AWAY, 5.0, is_attached=True)

    assert changes["status"] == StatusInfo("unknown", 'cloud "c" does not answer', 5.0)
    assert changes["agent"].current == "down"


def test_a_machine_that_is_being_made_waits_for_its_cloud_with_the_reason():
    told = seen(PENDING, AWAY, 5.0, is_attached=False)
    record = Machine("0", "", 0.0, told["status"], PENDING.agent)

    assert told == {"status": StatusInfo("pending", 'cloud "c" does not answer', 5.0)}
    assert seen(record, AWAY, 9.0, is_attached=False) == {}
    assert seen(record, None, 9.0, is_attached=False)["status"] == StatusInfo("pending", "", 9.0)


def test_the_same_is_not_told_twice():
    told = seen(RECORD, AWAY, 5.0, is_attached=True)
    record = Machine("0", "", 0.0, told["status"], told["agent"])

    assert seen(record, AWAY, 9.0, is_attached=True) == {}


def test_a_machine_is_well_again_when_it_is_reached():
    told = seen(RECORD, AWAY, 5.0, is_attached=True)
    record = Machine("0", "", 0.0, told["status"], told["agent"])

    assert seen(record, None, 9.0, is_attached=False) == {}
    assert seen(record, None, 9.0, is_attached=True)["agent"] == StatusInfo("started", "", 9.0)
