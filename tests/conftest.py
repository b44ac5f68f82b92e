"""What every test may count on: root's are skipped for others, and no example has a deadline."""

import os

import pytest
from hypothesis import HealthCheck, settings

# Other work may hold the processor: how long an example took says nothing of the code.
settings.register_profile("any host", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any host")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.geteuid() == 0:
        return
    for item in items:
        if "root" in item.keywords:
            item.add_marker(
                pytest.mark.skip(reason="needs root: sudo .venv/bin/python -m pytest -m root")
            )
