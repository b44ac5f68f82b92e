"""A program that closes its input costs supervisord nothing."""

import os
import select
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from supervisor import poller

from kafkastack.system.supervisord import forget_broken


@pytest.fixture
def broken() -> Iterator[int]:
    """The writing end of a pipe whose reader is gone."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


def test_a_broken_descriptor_is_reported_once(broken: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(poller.PollPoller, "_ignore_invalid", forget_broken)
    polled = poller.PollPoller(SimpleNamespace(logger=None))
    polled.register_readable(broken)
    assert polled.poll(0) == ([], [])
    assert polled._poll_fds(0) == []


def test_supervisord_itself_reports_it_for_ever(broken: int):
    polled = poller.PollPoller(SimpleNamespace(logger=None))
    polled.register_readable(broken)
    assert polled.poll(0) == ([], [])
    assert polled._poll_fds(0) == [(broken, select.POLLERR)]
