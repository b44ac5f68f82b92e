import itertools

import pytest

from kafkastack.errors import KafkastackError, TimeoutExceededError
from kafkastack.tutorial import waits
from kafkastack.tutorial.document import Checkpoint, Condition

CHECKPOINT = Checkpoint("S.", (Condition("first"), Condition("second", ("x",))))


class Clock:
    def __init__(self):
        self.now = 0.0

    def read(self):
        return self.now

    def pass_by(self, seconds):
        self.now += seconds


class Told:
    def __init__(self):
        self.words = []

    def tell(self, met, missing):
        self.words.append((met, missing))


def wait(monkeypatch, vocabulary, limit=10.0):
    clock, told = Clock(), Told()
    monkeypatch.setattr(waits, "VOCABULARY", vocabulary)
    waits.wait(None, CHECKPOINT, told, limit=limit, clock=clock.read, pause=clock.pass_by)
    return told.words


def test_it_ends_when_all_conditions_hold_at_once(monkeypatch):
    answers = iter(["not yet", "", ""])

    words = wait(monkeypatch, {"first": lambda *_: "", "second": lambda *_: next(answers)})

    assert words == [(1, "not yet")]


def test_it_ends_at_its_bound_and_says_what_is_missing(monkeypatch):
    with pytest.raises(TimeoutExceededError, match=r'"second: x".* missing: a port is closed'):
        wait(monkeypatch, {"first": lambda *_: "", "second": lambda *_: "a port is closed"})


def test_a_time_out_tells_what_was_missing_before_too(monkeypatch):
    reasons = itertools.cycle(["allocating", "it cannot be installed"])

    with pytest.raises(TimeoutExceededError, match="before that: "):
        wait(monkeypatch, {"first": lambda *_: next(reasons), "second": lambda *_: ""})


def test_a_check_that_fails_is_a_condition_that_is_missing(monkeypatch):
    def fail(*_):
        raise KafkastackError("no answer")

    answers = iter([fail, lambda *_: ""])

    words = wait(monkeypatch, {"first": lambda *a: next(answers)(*a), "second": lambda *_: ""})

    assert words == [(0, "no answer")]
