"""A screen shows what strangers wrote as it is: neither markup nor a terminal's commands."""

import io

import pytest
from rich.console import Console

from kafkastack.tutorial.screen import Screen

STATUS = "kafka/0: [/b] [red]\x1b]0;owned\x07"


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_wait_tells_a_status_as_it_is(is_terminal: bool):
    out = io.StringIO()
    screen = Screen(console=Console(file=out, force_terminal=is_terminal, width=200))
    with screen.waiting(3) as waiting:
        waiting.tell(1, STATUS)
    assert r"waiting: kafka/0: [/b] [red]\x1b]0;owned\x07" in out.getvalue()
    assert "\x1b]0;" not in out.getvalue()
