"""Promises to a charm about its hooks, on each cloud."""

import os

from tests.clouds.conftest import said
from tests.fakes.engine import Engine
from tests.fakes.waiting import wait_until


def test_hooks_run_in_the_usual_order(plain: Engine):
    first = [hook for hook in plain.hooks("plain/0") if "relation" not in hook]
    assert first[:4] == ["install", "leader-elected", "config-changed", "start"]


def test_a_hook_that_a_killed_controller_has_left_is_ended_and_run_again(plain: Engine):
    sleep = f"sleep 1000.{os.getpid()}"
    hang_once = f"[ -e $HOME/hung ] || {{ touch $HOME/hung; {sleep} & exec {sleep}; }}"
    said(plain, f"echo '{hang_once}' > $HOME/do")
    before = plain.hooks("plain/0").count("config-changed")
    plain("config", "plain", "number=2")
    wait_until((plain.home("plain/0") / "hung").exists, what="a hook that hangs")
    plain.kill_controller()

    plain.wait_for_idle(count=1)

    assert plain.hooks("plain/0").count("config-changed") == before + 2
    assert said(plain, f"pgrep -f '[s]{sleep[1:]}' || echo none") == ["none"]
