"""Advice for a machine that deserves it, and the words of it in the log."""

import logging
from pathlib import Path

import pytest
from kafkastack_charms import sysctl

GOOD = {
    "vm/max_map_count": 262144,
    "vm/swappiness": 1,
    "vm/dirty_ratio": 80,
    "vm/dirty_background_ratio": 5,
}


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    for name, value in GOOD.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{value}\n")
    return tmp_path


def test_a_machine_that_is_set_up_for_kafka_deserves_none(kernel: Path) -> None:
    assert sysctl.advise("production", kernel) == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vm/max_map_count", 65530),
        ("vm/swappiness", 60),
        ("vm/dirty_ratio", 20),
        ("vm/dirty_background_ratio", 10),
    ],
)
def test_each_setting_that_is_not_optimal_is_named(
    kernel: Path, caplog: pytest.LogCaptureFixture, name: str, value: int
) -> None:
    (kernel / name).write_text(f"{value}\n")
    with caplog.at_level(logging.WARNING):
        assert sysctl.advise("production", kernel) == (
            "machine system settings are not optimal - see logs for info"
        )
    assert caplog.messages == [f"sysctl {name.replace('/', '.')} should be {GOOD[name]}"]


def test_a_machine_for_tests_deserves_none(kernel: Path) -> None:
    (kernel / "vm/swappiness").write_text("60\n")
    assert sysctl.advise("testing", kernel) == ""


def test_a_kernel_that_shows_nothing_deserves_none(tmp_path: Path) -> None:
    assert sysctl.advise("production", tmp_path) == ""
