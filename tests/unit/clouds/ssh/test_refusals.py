"""Sentences made of what ssh says, with what to type."""

from pathlib import Path

import pytest

from kafkastack.clouds.ssh import Login, MachineRefusesError
from kafkastack.clouds.ssh.refusals import refusal

LOGIN = Login("10.0.0.7", "debian", Path("/k"), Path("/hosts"), "juju-1-0")


@pytest.mark.parametrize(
    ("said", "message", "is_final"),
    [
        ("debian@10.0.0.7: Permission denied (publickey).", "has not taken", False),
        ("connect to host 10.0.0.7 port 22: Connection refused", "nothing listens", False),
        ("connect to host 10.0.0.7 port 22: Connection timed out", "does not answer", False),
        ("connect to host 10.0.0.7 port 22: No route to host", "cannot be reached", False),
        ("@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @", "another machine", True),
        ("sudo: a password is required", "may not become root", True),
        ("sh: 1: exec: /usr/bin/python3: not found", "lacks what every charm needs", True),
        ("", "the connection was closed", False),
    ],
)
def test_what_ssh_says_is_told(said: str, message: str, is_final: bool):
    told = refusal(LOGIN, said)

    assert message in str(told)
    assert isinstance(told, ConnectionError)
    assert isinstance(told, MachineRefusesError) is is_final
