"""Words of systemctl on a local machine, taken or refused as systemd does."""

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from kafkastack.clouds.local.services import Services
from kafkastack.clouds.local.systemctl import Systemctl


class _Unknown:
    """The services of a machine that has none."""

    async def state(self, _name: str) -> object:
        return SimpleNamespace(load="not-found", main_pid=0)


def said(line: str) -> str:
    tool = Systemctl(cast(Services, _Unknown()))
    done = asyncio.run(tool(line.split(), "/", b""))
    assert done.returncode
    return done.stderr.decode().rstrip("\n")


@pytest.mark.parametrize("number", ["abc", "-3", "1.5", "²", "9" * 5000, "4294967296"])
def test_lines_that_are_no_number_are_refused(number: str):
    assert said(f"status -n {number} kafka") == f"Failed to parse lines '{number}'"


@pytest.mark.parametrize("name", ["FOO", "SIGFOO", "65", "-1", "term", "²", "9" * 5000, "1.5"])
def test_a_signal_that_there_is_none_of_is_refused(name: str):
    assert said(f"kill --signal={name} kafka") == f"Failed to parse signal string {name}."


@pytest.mark.parametrize("name", ["SIGKILL", "HUP", "9", "0", "40", "RTMIN"])
def test_a_signal_is_named_as_systemd_takes_it(name: str):
    expected = "Failed to kill unit kafka.service: Unit kafka.service not loaded."
    assert said(f"kill -s {name} kafka") == expected
