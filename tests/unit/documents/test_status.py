"""The status document is Juju's, and jubilant reads it."""

from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import jubilant
import pytest
from jubilant.statustypes import Status
from msgspec.structs import replace

from kafkastack.controller.documents import status_document
from kafkastack.errors import NotFoundError
from kafkastack.model.records import (
    Application,
    Endpoint,
    FailedHook,
    Hook,
    Relation,
    StatusInfo,
    Unit,
    UnitState,
)
from kafkastack.store.store import Record
from tests.unit.documents import states

TRACEBACK = 'Traceback (most recent call last):\n  File "charm.py"\nValueError: no disk'


def document(folder: Path, records: list[Record], *selectors: str, life: str = "alive") -> Any:
    store = states.store_of(folder, records, life=life)
    try:
        return status_document(store, states.UUID, states.FACTS, states.METAS, selectors)
    finally:
        store.close()


def parsed(folder: Path, records: list[Record]) -> Status:
    return Status._from_dict(document(folder, records))


def test_jubilant_reads_every_field_of_a_unit(tmp_path: Path) -> None:
    status = parsed(tmp_path, states.integrated())

    unit = status.apps["kafka"].units["kafka/0"]

    assert unit.is_active and unit.leader and unit.machine == "0"
    assert unit.open_ports == ["19093/tcp"] and unit.public_address == "10.157.174.225"
    assert unit.juju_status.version == "3.6.20"
    assert unit.workload_status.since == "23 Nov 2026 00:57:11Z"


def test_jubilant_reads_an_application_and_its_relations(tmp_path: Path) -> None:
    app = parsed(tmp_path, states.integrated()).apps["kafka"]

    assert (app.charm, app.charm_name, app.charm_rev) == ("local:kafka-248", "kafka", 248)
    assert app.charm_origin == "local" and app.charm_channel == "4/stable"
    assert app.base is not None and app.base.channel == "24.04"
    assert app.relations["kafka-client"][0].related_app == "data-integrator"
    assert app.relations["cluster"][0].related_app == "kafka"
    assert app.endpoint_bindings == {"": "alpha", "cluster": "alpha", "kafka-client": "alpha"}


def test_jubilant_reads_machines_model_and_storage(tmp_path: Path) -> None:
    status = parsed(tmp_path, states.integrated())

    assert status.model.name == "tutorial" and status.model.type == "iaas"
    assert status.model.model_status.current == "available"
    assert status.machines["6"].juju_status.current == "started"
    assert "availability-zone=kafka-test" in status.machines["6"].hardware
    assert status.storage.filesystems["0/0"].size == 10240
    attachments = status.storage.storage["data/0"].attachments
    assert attachments and attachments.units["kafka/0"].location == "/srv/data/0"
    assert status.controller.timestamp == "17:56:56Z"


def test_all_active_needs_no_application_status_of_the_leader(tmp_path: Path) -> None:
    status = parsed(tmp_path, states.tutorial())

    assert jubilant.all_active(status, "kafka", "self-signed-certificates")
    assert not jubilant.all_active(status, "data-integrator")
    assert jubilant.any_blocked(status) and jubilant.all_agents_idle(status)


def test_an_equal_model_gives_an_equal_status_at_another_time(tmp_path: Path) -> None:
    store = states.store_of(tmp_path, states.tutorial())
    later = replace(states.FACTS, now=states.NOW + 60)

    first = status_document(store, states.UUID, states.FACTS, states.METAS)
    second = status_document(store, states.UUID, later, states.METAS)
    store.close()

    assert first != second
    assert Status._from_dict(first) == Status._from_dict(second)


def test_a_failed_hook_is_an_error_with_its_traceback(tmp_path: Path) -> None:
    hook = Hook("relation-changed", 7, "kafka-client", remote_unit="data-integrator/0")
    state = UnitState("kafka/1", failed=FailedHook(hook, 2, states.NOW, TRACEBACK))

    shown = document(tmp_path, [*states.integrated(), state])

    workload = shown["applications"]["kafka"]["units"]["kafka/1"]["workload-status"]
    assert workload["current"] == "error"
    message = 'hook failed: "kafka-client-relation-changed" for data-integrator:kafka'
    assert workload["message"] == message
    assert workload["failed-hook"]["traceback"] == TRACEBACK
    assert workload["failed-hook"]["attempts"] == 2
    assert shown["applications"]["kafka"]["application-status"]["current"] == "error"
    assert jubilant.any_error(Status._from_dict(shown))


def test_a_leaders_own_application_status_is_shown(tmp_path: Path) -> None:
    records = [
        replace(r, status=StatusInfo("active", "all good", states.THEN))
        if getattr(r, "name", "") == "data-integrator" and hasattr(r, "leader")
        else r
        for r in states.tutorial()
    ]

    app = parsed(tmp_path, records).apps["data-integrator"]

    assert app.app_status.message == "all good"


def test_subordinates_are_found_below_their_principals(tmp_path: Path) -> None:
    charm = states.charm("ntp", "latest/stable", 3)
    relation = Relation(
        9,
        (
            Endpoint("kafka", "juju-info", "juju-info", "provider", "container"),
            Endpoint("ntp", "juju-info", "juju-info", "requirer", "container"),
        ),
    )
    sub = states.unit("ntp/0", "", principal="kafka/0")
    metas = {**states.METAS, charm.key: replace(states.METAS[states.KAFKA.key], subordinate=True)}
    records = [*states.tutorial(), charm, states.application(charm), relation, sub]
    store = states.store_of(tmp_path, records)

    status = Status._from_dict(status_document(store, states.UUID, states.FACTS, metas))
    store.close()

    assert status.apps["ntp"].subordinate_to == ["kafka"] and not status.apps["ntp"].units
    assert status.get_units("ntp")["ntp/0"].public_address == "10.157.174.225"


def test_units_come_in_natural_order(tmp_path: Path) -> None:
    more = [states.unit(f"kafka/{n}", "0") for n in (10, 3)]

    shown = document(tmp_path, [*states.tutorial(), *more])

    names = list(shown["applications"]["kafka"]["units"])
    assert names == [f"kafka/{n}" for n in (0, 1, 2, 3, 10)]


def test_a_machine_without_an_instance_is_pending(tmp_path: Path) -> None:
    waiting = replace(
        states.machine("9", ""), instance={}, agent=StatusInfo("pending", "", states.THEN)
    )

    shown = document(tmp_path, [*states.tutorial(), waiting])["machines"]["9"]

    assert shown["instance-id"] == "pending" and "dns-name" not in shown
    assert shown["juju-status"] == {"current": "pending", "since": "23 Nov 2026 00:57:11Z"}


def test_a_model_being_destroyed_says_what_is_left(tmp_path: Path) -> None:
    shown = document(tmp_path, states.tutorial(), life="dying")

    assert shown["model"]["model-status"]["current"] == "destroying"
    assert "3 applications, 5 units, 5 machines to go" in shown["model"]["model-status"]["message"]


def test_times_are_in_the_zone_asked_for(tmp_path: Path) -> None:
    store = states.store_of(tmp_path, states.tutorial())
    facts = replace(states.FACTS, timezone=timezone(timedelta(hours=5, minutes=30)))

    shown: Any = status_document(store, states.UUID, facts, states.METAS)
    store.close()

    assert shown["controller"]["timestamp"] == "23:26:56+05:30"
    assert shown["model"]["model-status"]["since"] == "23 Nov 2026 06:27:11+05:30"


KAFKAS = ["kafka/0", "kafka/1", "kafka/2"]


@pytest.mark.parametrize(
    ("selectors", "units", "machines"),
    [
        (("kafka",), KAFKAS, ["0", "1", "2"]),
        (("kafka/1",), ["kafka/1"], ["1"]),
        (("6",), ["data-integrator/0"], ["6"]),
        (("blocked",), ["data-integrator/0"], ["6"]),
        (("k*/2", "self*"), ["kafka/2", "self-signed-certificates/0"], ["2", "8"]),
        (("19093/tcp", "6"), ["data-integrator/0", *KAFKAS], ["0", "1", "2", "6"]),
        (("10.157.174.36",), ["data-integrator/0"], ["6"]),
        (("0", "blocked", "kafka/0"), ["data-integrator/0", "kafka/0"], ["0", "6"]),
        (("nothing",), [], []),
    ],
)
def test_selectors_leave_units_and_their_machines(
    tmp_path: Path, selectors: tuple[str, ...], units: list[str], machines: list[str]
) -> None:
    shown = document(tmp_path, states.tutorial(), *selectors)

    found = [u for app in shown["applications"].values() for u in app.get("units", {})]
    assert (found, list(shown["machines"])) == (units, machines)


def test_a_selected_subordinate_shows_its_principal(tmp_path: Path) -> None:
    sub: Unit = states.unit("ntp/0", "", principal="kafka/0")
    ntp = states.charm("ntp", "latest/stable", 3)

    shown = document(tmp_path, [*states.tutorial(), ntp, states.application(ntp), sub], "ntp")

    assert list(shown["applications"]) == ["kafka", "ntp"]
    assert list(shown["applications"]["kafka"]["units"]) == ["kafka/0"]


def test_integrations_say_what_keeps_them_from_being_joined(tmp_path: Path) -> None:
    rows = document(tmp_path, [*states.tutorial(), states.CLIENT])["_integrations"]

    assert [(r["provider"], r["type"], r["message"]) for r in rows] == [
        ("kafka:cluster", "peer", ""),
        ("kafka:kafka-client", "regular", "joining"),
    ]


def test_an_unknown_model_is_not_found(tmp_path: Path) -> None:
    store = states.store_of(tmp_path, [])

    with pytest.raises(NotFoundError):
        status_document(store, "other", states.FACTS, {})
    store.close()


def test_a_damaged_charm_is_the_error_of_its_own_application(tmp_path: Path) -> None:
    store = states.store_of(tmp_path, states.integrated(), life="alive")
    [damaged] = {a.charm for a in store.all(Application, states.UUID) if a.name == "kafka"}
    facts = replace(
        states.FACTS, damaged={damaged: "charm abc on the shelf is damaged: it is gone"}
    )
    metas = {key: meta for key, meta in states.METAS.items() if key != damaged}

    status: Any = status_document(store, states.UUID, facts, metas, [])
    store.close()

    shown = {name: app["application-status"] for name, app in status["applications"].items()}
    assert shown.pop("kafka")["message"] == "charm abc on the shelf is damaged: it is gone"
    assert shown and all(one["current"] != "error" for one in shown.values())
    assert status["applications"]["kafka"]["units"]
