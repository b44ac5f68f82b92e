"""Progress of a start, as a log or a quiet command tells it."""

import pytest

from kafkastack.cli.kafka.progress import Teller, carry_out, teller
from kafkastack.errors import UsageError

Captured = pytest.CaptureFixture[str]


def test_a_log_has_a_line_for_each_change_and_shows_what_a_terminal_would_obey(capsys: Captured):
    with teller(quiet=False) as tell:
        tell.show("waiting")
        tell.show("waiting")
        tell.say("deployed \x1b[2J")
        tell.show("active")
    assert capsys.readouterr().err.splitlines() == ["waiting", "deployed \\x1b[2J", "active"]


def test_quiet_is_without_a_word(capsys: Captured):
    with teller(quiet=True) as tell:
        tell.say("a")
        tell.show("b")
        carry_out([("version",)], tell)
    assert capsys.readouterr() == ("", "")


def test_a_command_is_told_as_one_would_type_it_and_what_it_prints_is_not(capsys: Captured):
    told: list[str] = []
    carry_out([("version", "--all"), ("help", "topics")], Teller(told.append, told.append))
    assert told == ["  kafkastack version --all", "  kafkastack help topics"]
    assert capsys.readouterr() == ("", "")


def test_a_command_that_is_refused_ends_them():
    told: list[str] = []
    with pytest.raises(UsageError):
        carry_out([("version", "an argument too many"), ("version",)], Teller(told.append, print))
    assert told == ["  kafkastack version 'an argument too many'"]
