"""A cloud whose bootstrap was killed early is told as that, not as a missing file."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kafkastack.errors import NotFoundError
from kafkastack.microstack.health import document
from kafkastack.microstack.hypervisors import chosen


@pytest.fixture
def cloud(tmp_path: Path) -> Any:
    return SimpleNamespace(
        settings=SimpleNamespace(state=tmp_path),
        inside=SimpleNamespace(leader=os.getpid()),
        state_of=_is_stopped,
    )


def _is_stopped(_service: str) -> str:
    return "STOPPED"


def test_its_status_says_that_it_is_degraded_and_its_hypervisor_undecided(cloud: Any):
    found = document(cloud)

    assert found["state"] == "degraded"
    assert found["hypervisor"]["type"] == "undecided"


def test_who_needs_its_hypervisor_is_told_to_go_on(cloud: Any):
    with pytest.raises(NotFoundError, match="half-built") as raised:
        chosen(cloud)

    assert raised.value.advice == "to go on: kafkastack microstack bootstrap"
