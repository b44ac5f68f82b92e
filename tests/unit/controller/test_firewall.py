"""Openings of the firewall: the ports of exposed applications, on their units' machines."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from kafkastack.clouds.protocol import Opening
from kafkastack.controller.firewall import OpenPorts, exposed_ports, wanted_openings
from kafkastack.model.records import Application, StatusInfo, Unit
from kafkastack.store.store import Record, Store

APP = Application("kafka", "charm", 0.0, exposed=True)
STATUS = StatusInfo("active")
UNIT = Unit("kafka/0", "0", 0.0, STATUS, STATUS, ports=("9092/tcp@client", "53/udp"))
PLACE = ("uuid", "0")


def store_of(folder: Path, *records: Record) -> Store:
    store = Store(folder / "state.db")
    with store.transaction() as tx:
        for record in records:
            tx.put("uuid", record)
    return store


@pytest.mark.parametrize(
    ("endpoints", "expected"),
    [
        ({}, {"9092/tcp 0.0.0.0/0", "9092/tcp ::/0", "53/udp 0.0.0.0/0", "53/udp ::/0"}),
        ({"": "10.0.0.0/8"}, {"9092/tcp 10.0.0.0/8", "53/udp 10.0.0.0/8"}),
        (
            {"client": "10.0.0.0/8,10.9.0.0/16"},
            {
                "9092/tcp 10.0.0.0/8",
                "9092/tcp 10.9.0.0/16",
                "53/udp 10.0.0.0/8",
                "53/udp 10.9.0.0/16",
            },
        ),
        ({"other": "10.0.0.0/8"}, {"53/udp 10.0.0.0/8"}),
    ],
)
def test_ports_are_open_to_whom_their_endpoints_are_exposed(
    tmp_path: Path, endpoints: dict[str, str], expected: set[str]
):
    store = store_of(tmp_path, replace(APP, exposed_endpoints=endpoints), UNIT)

    found = exposed_ports(store, "uuid")
    store.close()

    assert {f"{opening.port} {opening.cidr}" for opening in found["0"]} == expected


def test_what_is_not_exposed_is_closed(tmp_path: Path):
    store = store_of(tmp_path, replace(APP, exposed=False), UNIT)
    before = {PLACE: frozenset({Opening("9092/tcp")})}

    first = wanted_openings(store, "uuid", frozenset({PLACE}), {})
    closed = wanted_openings(store, "uuid", frozenset({PLACE}), before)
    nothing = wanted_openings(store, "uuid", frozenset({PLACE}), {PLACE: frozenset()})
    store.close()

    assert first == closed == [OpenPorts("uuid", "0", frozenset())]
    assert nothing == []
