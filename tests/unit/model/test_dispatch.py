"""Charms that run warm, and commands that only call one."""

import shlex

import pytest

from kafkastack.model.dispatch import DISPATCH, dispatched_path, python_path

CHARM = "/machines/0/a charm"
CALL = f"JUJU_DISPATCH_PATH=hooks/broker-changed {shlex.quote(CHARM + '/dispatch')}"


def test_our_own_dispatch_is_known_whatever_its_comments():
    assert python_path(DISPATCH) == ("src", "lib")
    assert python_path(DISPATCH.replace("# Juju", "# Somebody")) == ("src", "lib")


def test_a_dispatch_that_does_more_is_not_known():
    assert python_path(DISPATCH + "echo done\n") == ()


def test_a_call_of_the_charm_s_dispatch_is_seen():
    assert dispatched_path(CALL, CHARM) == "hooks/broker-changed"
    assert dispatched_path("JUJU_DISPATCH_PATH=hooks/x /c/dispatch", "/c") == "hooks/x"


@pytest.mark.parametrize(
    "commands",
    [
        "",
        "status-set active",
        "/c/dispatch",
        "JUJU_DISPATCH_PATH=hooks/x /other/dispatch",
        "JUJU_DISPATCH_PATH=hooks/x /c/dispatch; reboot",
        "JUJU_DISPATCH_PATH=hooks/x /c/dispatch --now",
        "JUJU_DISPATCH_PATH=hooks/$x /c/dispatch",
        "JUJU_DISPATCH_PATH=hooks/x $HOME/dispatch",
        "JUJU_DISPATCH_PATH=hooks/x '/c/dispatch",
        "PATH=/evil JUJU_DISPATCH_PATH=hooks/x /c/dispatch",
        "JUJU_DISPATCH_PATH=hooks/x /c/dispatch\n",
    ],
)
def test_commands_that_do_more_are_left_to_a_shell(commands: str):
    assert dispatched_path(commands, "/c") == ""
