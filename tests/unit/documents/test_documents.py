"""The other documents: units, models, settings, results and secrets."""

from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from jubilant._task import Task as JubilantTask
from jubilant.modeltypes import ModelInfo
from jubilant.secrettypes import RevealedSecret
from jubilant.secrettypes import Secret as JubilantSecret
from jubilant.unittypes import UnitInfo

from kafkastack.agent.results import nested
from kafkastack.controller import documents
from kafkastack.errors import NotFoundError
from kafkastack.model.charm import ActionMeta, CharmMeta
from kafkastack.model.records import (
    Endpoint,
    Model,
    Operation,
    Relation,
    Secret,
    SecretGrant,
    SecretRevision,
    Task,
)
from kafkastack.store.store import Store
from tests.unit.documents import states

SECRET = Secret(
    "d5ncabcdefghijklmnop", "kafka", states.THEN, states.NOW, 2, label="cluster.kafka.app"
)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    records = [
        *states.integrated(),
        SECRET,
        SecretRevision(SECRET.id, 1, {"password": "one"}, states.THEN),
        SecretRevision(SECRET.id, 2, {"password": "two"}, states.NOW),
        SecretGrant(SECRET.id, "data-integrator", 7),
        Secret("d5ncabcdefghijklmnoq", "", states.NOW, states.NOW, name="mine"),
        Secret("d5ncabcdefghijklmnor", "kafka/0", states.NOW, states.NOW),
    ]
    opened = states.store_of(tmp_path, records)
    yield opened
    opened.close()


def test_show_unit_shows_the_databags_that_the_unit_sees(store: Store) -> None:
    shown: Any = documents.show_unit_document(store, states.UUID, ["data-integrator/0"])

    info = UnitInfo._from_dict(shown["data-integrator/0"])

    relation = info.relation_info[0]
    assert (relation.relation_id, relation.endpoint, relation.related_endpoint) == (
        7,
        "kafka",
        "kafka-client",
    )
    assert relation.app_data["username"] == "relation-7"
    assert relation.related_units["kafka/0"].in_scope
    assert relation.local_unit and relation.local_unit.data["private-address"] == "10.157.174.36"


def test_show_unit_lists_the_other_peers(store: Store) -> None:
    shown: Any = documents.show_unit_document(store, states.UUID, ["kafka/0"])

    info = UnitInfo._from_dict(shown["kafka/0"])

    peer = next(r for r in info.relation_info if r.endpoint == "cluster")
    assert info.leader and info.opened_ports == ["19093/tcp"] and info.workload_version == "4.1.1"
    assert list(peer.related_units) == ["kafka/1"] and peer.app_data == {"cluster-uuid": "abc"}


def test_an_unknown_unit_lists_the_known_ones(store: Store) -> None:
    with pytest.raises(NotFoundError, match=r'unit "kafka/9" not found\n.*kafka/0, kafka/1'):
        documents.show_unit_document(store, states.UUID, ["kafka/9"])


def test_show_application_shows_its_bindings(store: Store) -> None:
    shown: Any = documents.show_application_document(store, states.UUID, ["kafka"], states.METAS)

    assert shown["kafka"]["channel"] == "4/stable" and shown["kafka"]["principal"] is True
    assert shown["kafka"]["endpoint-bindings"]["kafka-client"] == "alpha"


def test_jubilant_reads_show_model(store: Store) -> None:
    shown: Any = documents.show_model_document(store, states.UUID, states.FACTS)

    info = ModelInfo._from_dict(shown["tutorial"])

    assert info.name == "admin/tutorial" and info.controller_name == "overlord"
    assert info.machines["0"].cores == 2 and info.secret_backends["internal"].num_secrets == 3
    assert info.users["admin"].access == "admin" and info.agent_version == "3.6.20"


def test_models_name_the_current_one(store: Store) -> None:
    shown: Any = documents.models_document(store, store.models(), states.FACTS, "tutorial")

    assert shown["current-model"] == "tutorial"
    assert [m["short-name"] for m in shown["models"]] == ["tutorial"]


def test_config_tells_where_each_value_comes_from(tmp_path: Path) -> None:
    kafka = states.application(states.KAFKA, config={"compression-type": "zstd"})
    store = states.store_of(tmp_path, [states.KAFKA, kafka])

    shown: Any = documents.config_document(store, states.UUID, "kafka", states.METAS)
    store.close()

    settings = shown["settings"]
    assert settings["compression-type"] == {
        "default": "producer",
        "description": "How.",
        "source": "user",
        "type": "string",
        "value": "zstd",
    }
    assert settings["system-users"] == {"description": "Who.", "source": "unset", "type": "secret"}
    assert settings["log-segment-bytes"]["source"] == "default"
    assert shown["application-config"]["trust"]["value"] is False


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("compression-type", "producer"),
        ("system-users", ""),
        ("unclean", "false"),
        ("log-segment-bytes", "1073741824"),
        ("trust", "false"),
    ],
)
def test_one_setting_is_bare_text(store: Store, key: str, text: str) -> None:
    shown = documents.config_document(store, states.UUID, "kafka", states.METAS)

    assert documents.config_value(shown, key) == text


def test_an_unknown_setting_is_not_found(store: Store) -> None:
    shown = documents.config_document(store, states.UUID, "kafka", states.METAS)

    with pytest.raises(NotFoundError, match='key "x" not found in "kafka"'):
        documents.config_value(shown, "x")


def test_model_config_has_typed_values_and_sources() -> None:
    model = Model(
        states.UUID,
        "demo",
        "local",
        "local",
        states.THEN,
        config={"update-status-hook-interval": "10s", "automatically-retry-hooks": "false"},
    )

    shown = documents.model_config_document(model, states.FACTS)

    assert shown["update-status-hook-interval"] == {"Value": "10s", "Source": "model"}
    assert shown["automatically-retry-hooks"] == {"Value": False, "Source": "model"}
    assert shown["test-mode"] == {"Value": False, "Source": "default"}


def test_actions_have_descriptions_and_schemas() -> None:
    action = ActionMeta("rebalance", "Move.", {"mode": {"type": "string"}}, ("mode",), False)
    meta = CharmMeta("kafka", actions={"rebalance": action})

    assert documents.actions_document(meta) == {"rebalance": "Move."}
    assert documents.actions_schema_document(meta)["rebalance"] == {
        "additionalProperties": False,
        "description": "Move.",
        "properties": {"mode": {"type": "string"}},
        "required": ["mode"],
        "title": "rebalance",
        "type": "object",
    }


TASK = Task(
    2,
    1,
    "data-integrator/0",
    "get-credentials",
    states.THEN,
    status="completed",
    results={"kafka.tls": "disabled", "kafka.topic": "t", "ok": "True", "return-code": 0},
    log=((states.NOW, "half way"),),
    started=states.THEN + 1,
    completed=states.THEN + 2,
)


def test_dotted_results_come_back_nested() -> None:
    shown: Any = documents.run_document([TASK], UTC)

    task = JubilantTask._from_dict(dict(shown["data-integrator/0"]))

    assert task.success and task.id == "2"
    assert task.results == {"kafka": {"tls": "disabled", "topic": "t"}, "ok": "True"}
    assert task.log == ["2026-11-23 17:56:56 +0000 UTC half way"]
    assert shown["data-integrator/0"]["timing"]["started"] == "2026-11-23 00:57:12 +0000 UTC"


def test_a_map_of_results_takes_the_place_of_a_value_above_it() -> None:
    assert nested({"a": "1", "a.b": "2"}) == {"a": {"b": "2"}}
    assert nested({"a.b": "2", "a": "1"}) == {"a": "1"}


def test_an_operation_is_what_its_worst_task_is() -> None:
    failed = Task(3, 1, "kafka/0", "x", states.THEN, status="failed", message="no")
    operation = Operation(1, "get-credentials run on two units", states.THEN, (2, 3))

    shown: Any = documents.operation_document(operation, [failed, TASK], UTC)

    assert shown["status"] == "failed" and list(shown["tasks"]) == ["2", "3"]
    assert shown["tasks"]["3"] == {
        "host": "kafka/0",
        "message": "no",
        "results": {},
        "status": "failed",
        "timing": {"enqueued": "2026-11-23 00:57:11 +0000 UTC"},
    }


def test_jubilant_reads_secrets(store: Store) -> None:
    shown: Any = documents.secrets_document(store, states.UUID)

    found = {
        uri: JubilantSecret._from_dict({"uri": uri, **secret}) for uri, secret in shown.items()
    }

    assert {secret.owner for secret in found.values()} == {"kafka", "kafka/0", "<model>"}
    assert found[SECRET.id].label == "cluster.kafka.app" and found[SECRET.id].revision == 2


@pytest.mark.parametrize(
    ("owner", "count"),
    [("application-kafka", 1), ("kafka", 1), ("unit-kafka-0", 1), ("model-x", 1), ("other", 0)],
)
def test_secrets_of_one_owner(store: Store, owner: str, count: int) -> None:
    assert len(documents.secrets_document(store, states.UUID, owner)) == count


@pytest.mark.parametrize("name", [SECRET.id, f"secret:{SECRET.id}", "cluster.kafka.app"])
def test_a_revealed_secret_is_found_by_id_uri_and_label(store: Store, name: str) -> None:
    shown: Any = documents.show_secret_document(
        store, states.UUID, name, reveal=True, revisions=True
    )

    secret = RevealedSecret._from_dict({"uri": SECRET.id, **shown[SECRET.id]})

    assert secret.content == {"password": "two"}
    assert shown[SECRET.id]["access"][0]["target"] == "application-data-integrator"
    assert [r["revision"] for r in shown[SECRET.id]["revisions"]] == [1, 2]


def test_a_secret_hides_its_content_unless_it_is_to_be_revealed(store: Store) -> None:
    assert "two" not in str(documents.show_secret_document(store, states.UUID, SECRET.id))
    assert "two" not in str(documents.secrets_document(store, states.UUID))


def test_an_unknown_secret_is_not_found(store: Store) -> None:
    with pytest.raises(NotFoundError, match='secret "x" not found'):
        documents.show_secret_document(store, states.UUID, "x")


def test_machines_can_be_asked_for_one_by_one(store: Store) -> None:
    shown: Any = documents.show_machine_document(store, states.UUID, states.FACTS, ["6"])

    assert list(shown["machines"]) == ["6"]
    with pytest.raises(NotFoundError, match="machine 77 not found"):
        documents.show_machine_document(store, states.UUID, states.FACTS, ["77"])


def test_a_subordinate_sees_only_its_own_principal(tmp_path: Path) -> None:
    ntp = states.charm("ntp", "latest/stable", 3)
    relation = Relation(
        9,
        (
            Endpoint("kafka", "juju-info", "juju-info", "provider", "container"),
            Endpoint("ntp", "host", "juju-info", "requirer", "container"),
        ),
    )
    bags = [documents_bag(9, f"{name}/{n}") for name in ("kafka", "ntp") for n in (0, 1)]
    units = [states.unit(f"ntp/{n}", "", principal=f"kafka/{n}") for n in (0, 1)]
    records = [*states.tutorial(), ntp, states.application(ntp), relation, *units, *bags]
    store = states.store_of(tmp_path, records)

    shown: Any = documents.show_unit_document(store, states.UUID, ["ntp/1"])
    store.close()

    assert list(shown["ntp/1"]["relation-info"][0]["related-units"]) == ["kafka/1"]


def documents_bag(relation: int, owner: str) -> Any:
    from kafkastack.model.records import Databag

    return Databag(relation, owner, {"private-address": "x"}, 1, in_scope=True)


def test_controllers_are_sorted_by_name() -> None:
    entries = [
        documents.ControllerFacts(name, "u", "local", "local", "3.6.20", "admin/demo", models=2)
        for name in ("zeta", "overlord")
    ]

    shown: Any = documents.controllers_document(entries, "overlord")

    assert list(shown["controllers"]) == ["overlord", "zeta"]
    assert shown["current-controller"] == "overlord"


def test_the_package_lists_its_public_names_sorted() -> None:
    names = documents.__all__

    assert names == sorted(names, key=lambda n: (not n.isupper(), n[0].islower(), n))
    assert all(hasattr(documents, name) for name in names)
