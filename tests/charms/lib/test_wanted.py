"""Changes that a broker takes while it runs, and those that it is restarted for."""

from pathlib import Path

import pytest
from kafkastack_charms import properties
from kafkastack_charms.kafka import wanted
from kafkastack_charms.kafka.layout import Layout
from kafkastack_charms.service import Change, Service

WAY = wanted.Way("places", is_kept=False)
RUNNING = {"places": "a:1", "log.retention.ms": "5", "num.partitions": "3"}


@pytest.fixture
def compared(tmp_path: Path):
    """Compare a broker that runs with one that is wanted."""
    layout = Layout(tmp_path, (tmp_path / "data",))
    service = Service("kafka", "Apache Kafka", tmp_path)
    service.unit_file.parent.mkdir(parents=True, exist_ok=True)
    service.unit_file.write_text("unit")
    layout.conf.mkdir(parents=True)
    layout.server_properties.write_text(properties.write(RUNNING))

    def compare(lines: dict[str, str]) -> wanted.Difference:
        asked = wanted.Wanted(lines, "unit", {}, {})
        return wanted.compare(service, layout, asked, {"log.retention.ms"}, WAY)

    return compare


def test_a_running_broker_takes_another_value_and_one_that_is_new(compared) -> None:
    assert compared(RUNNING) == (Change.NOTHING, {})
    other = {**RUNNING, "log.retention.ms": "6"}
    assert compared(other) == (Change.UPDATE, {"log.retention.ms": "6"})


def test_a_setting_that_goes_is_a_restart_as_the_broker_has_it_from_its_file(compared) -> None:
    rest = {key: value for key, value in RUNNING.items() if key != "log.retention.ms"}
    assert compared(rest) == (Change.RESTART, {})
