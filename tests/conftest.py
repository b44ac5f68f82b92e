"""What every test may count on: tests that need root are skipped for everybody else."""

import os

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is slow: that says nothing of what is tested.
settings.register_profile("patient", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.geteuid() == 0:
        return
    for item in items:
        if "root" in item.keywords:
            item.add_marker(
                pytest.mark.skip(reason="needs root: sudo .venv/bin/python -m pytest -m root")
            )
