"""Surroundings of every test: its skips, signals that are not ignored, and no deadline."""

import os
import signal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.workers import Rows, read_seconds, seconds_of

# Other work may hold the processor: how long an example took says nothing of the code.
settings.register_profile("any host", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any host")


def pytest_configure() -> None:
    """Let signals end what tests start, also where a shell ignores them for all in background."""
    for number, usual in (
        (signal.SIGHUP, signal.SIG_DFL),
        (signal.SIGINT, signal.default_int_handler),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what needs root; where several workers share the tests, the longest rows are first."""
    for item in items:
        if os.geteuid() and "root" in item.keywords:
            reason = "needs root: sudo .venv/bin/python -m pytest -m root"
            item.add_marker(pytest.mark.skip(reason=reason))
    if hasattr(config, "workerinput"):
        known = read_seconds()
        items.sort(key=lambda item: -seconds_of(item.nodeid, known))


def pytest_xdist_auto_num_workers() -> int:
    """Have half as many workers again as cores: two thirds of the time they wait for servers."""
    return (os.cpu_count() or 1) * 3 // 2


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Rows:
    """Let workers share the tests by rows."""
    return Rows(config, log)
