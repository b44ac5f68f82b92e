"""A cloud is well when an instance can be placed: what stands against it is told."""

from datetime import UTC, datetime
from typing import Any

from kafkastack.microstack.placing import failure, troubles

NOW = datetime(2026, 11, 29, 11, 47, tzinfo=UTC)
UP: Any = {
    "compute": [{"name": "nova-compute", "state": "up", "status": "enabled"}],
    "network": [{"name": "ovn-controller", "state": "up"}],
    "volume": [],
}
FULL: Any = {"microstack": {"VCPU": {}, "MEMORY_MB": {}, "DISK_GB": {}}}
STARTED = "2026-11-29 11:30:03.898 358 INFO nova.service [-] Starting compute node (version 31)\n"
FAILED = (
    "2026-11-29 11:46:19.876 358 ERROR nova.compute.manager [None req-1 - - - - - -] "
    "Error updating resources for node microstack.: AttributeError: 'NoneType' object has no "
    "attribute 'rpartition'\n"
    "2026-11-29 11:46:19.876 358 ERROR nova.compute.manager Traceback (most recent call last):\n"
)


def test_a_cloud_whose_services_are_up_and_whose_host_has_room_is_well():
    assert troubles(UP, FULL, STARTED, NOW) == []


def test_a_host_that_cannot_count_what_it_has_places_nothing():
    (trouble,) = troubles(UP, FULL, STARTED + FAILED, NOW)

    assert trouble.startswith("nova-compute cannot place instances: AttributeError: 'NoneType'")


def test_what_failed_before_it_was_started_or_long_ago_is_over():
    assert failure(FAILED + STARTED, NOW) == ""
    assert failure(STARTED + FAILED, NOW.replace(hour=12)) == ""


def test_a_service_that_is_down_or_disabled_is_named():
    shown = {**UP, "compute": [{"name": "nova-compute", "state": "up", "status": "disabled"}]}
    shown["network"] = [{"name": "ovn-controller", "state": "down"}]

    assert troubles(shown, FULL, "", NOW) == [
        "nova-compute is disabled",
        "ovn-controller is down",
    ]


def test_a_host_that_placement_does_not_know_is_no_place():
    assert troubles(UP, {}, "", NOW) == ["Placement knows no host"]
    lacking = {"microstack": {"VCPU": {}, "DISK_GB": {}}}
    assert troubles(UP, lacking, "", NOW) == ["Placement knows nothing of MEMORY_MB of microstack"]
