"""Effects that fail again and again: tried less often, and told once."""

from kafkastack.controller.retrying import Failures


def test_a_failure_is_told_once_and_again_when_it_says_something_else():
    failures = Failures()

    told = [failures.add("x", OSError(text)).is_news for text in ("a", "a", "b", "a")]

    assert told == [True, False, True, True]


def test_what_goes_on_failing_is_tried_less_often_until_it_came_about():
    failures = Failures()
    seconds = [failures.add("x", OSError()).seconds for _ in range(6)]
    failures.forget("x")

    assert seconds == [2.0, 2.0, 2.0, 2.0, 15.0, 15.0]
    assert failures.add("x", OSError()).seconds == 2.0
    assert failures.add("y", OSError()).seconds == 2.0
