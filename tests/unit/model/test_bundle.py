"""A bundle is read whole, its overlays are laid over it, and what is wrong names its place."""

import copy
from typing import Any

import pytest

from kafkastack.errors import KafkastackError
from kafkastack.model.bundle import read_bundle
from kafkastack.model.bundle_overlay import merge_overlay


def bundle(**changed: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "applications": {
            "app": {"charm": "kafka", "channel": "3/stable", "num_units": 2, "to": ["0"]},
            "db": {"charm": "./db", "num_units": 1, "options": {"size": 3, "name": "x"}},
        },
        "machines": {"0": {"base": "ubuntu@24.04"}},
        "relations": [["app:db", "db:db"]],
    }
    return {**copy.deepcopy(document), **changed}


def test_everything_of_a_bundle_is_read():
    read = read_bundle(bundle(saas={"far": {"url": "admin/m.far"}}), "b.yaml")
    app, db = read.applications["app"], read.applications["db"]
    assert (app.charm, app.channel, app.num_units, app.to) == ("kafka", "3/stable", 2, ("0",))
    assert db.options == {"size": 3, "name": "x"}
    assert read.machines["0"].base == "ubuntu@24.04"
    assert read.relations == (("app:db", "db:db"),)
    assert read.saas == {"far": "admin/m.far"}


def test_a_relation_may_have_many_on_one_side():
    several = bundle(relations=[["db:db", ["app:db", "app:other"]]])
    assert read_bundle(several, "b").relations == (("db:db", "app:db"), ("db:db", "app:other"))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"applications": {}}, "b.yaml describes no application"),
    ({"bundle": "kubernetes"}, "b.yaml is a bundle for Kubernetes"),
    ({"aplications": {}}, "b.yaml: aplications: unknown key"),
    ({"applications": {"a": {"num_units": 1}}}, "b.yaml: applications.a.charm: expected the name"),
    (
        {"applications": {"a": {"charm": "x", "unit": 1}}},
        "b.yaml: applications.a.unit: unknown key",
    ),
    (
        {"applications": {"a": {"charm": "x", "num_units": 1, "scale": 1}}},
        "b.yaml: applications.a: expected either num_units or scale",
    ),
    (
        {"applications": {"a": {"charm": "x", "num_units": "two"}}},
        "b.yaml: applications.a.num_units: expected a whole number, got 'two'",
    ),
    ({"relations": [["app:db", "gone:db"]]}, 'refers to application "gone" not defined'),
    ({"relations": [["app:db"]]}, "b.yaml: relations.0: expected a pair of endpoints"),
    ({"machines": {"0": {}, "1": {}}}, 'machine "1" is not referred to by a placement directive'),
    ({"machines": {}}, 'placement "0" refers to a machine not defined'),
]


@pytest.mark.parametrize(("changed", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_wrong_is_named_with_its_file(changed: dict[str, Any], said: str):
    with pytest.raises(KafkastackError) as refused:
        read_bundle(bundle(**changed), "b.yaml")
    assert said in refused.value.message
    assert "b.yaml" in refused.value.message


PLACEMENTS = [
    ("docker:0", "no container is called docker"),
    ("lxd:7", "refers to a machine not defined"),
    ("gone", "refers to an application not defined"),
    ("db/1", "refers to a unit not defined"),
    ("7", "refers to a machine not defined"),
    ("a b", 'invalid placement "a b"'),
]


def test_annotations_of_applications_and_machines_are_read():
    document = bundle(machines={"0": {"annotations": {"gui-x": 7}}})
    document["applications"]["app"] |= {"to": ["lxd:0"], "annotations": {"gui-y": "8"}}
    read = read_bundle(document, "b.yaml")
    assert read.applications["app"].annotations == {"gui-y": "8"}
    assert read.machines["0"].annotations == {"gui-x": "7"}


@pytest.mark.parametrize(("word", "said"), PLACEMENTS)
def test_a_placement_that_leads_nowhere_is_refused(word: str, said: str):
    document = bundle(machines={})
    document["applications"]["app"]["to"] = [word]
    with pytest.raises(KafkastackError, match=said):
        read_bundle(document, "b.yaml")


def test_more_placements_than_units_are_refused():
    document = bundle()
    document["applications"]["app"]["to"] = ["0", "new", "new"]
    with pytest.raises(KafkastackError, match=r'too many units .* for application "app"'):
        read_bundle(document, "b.yaml")


def test_an_overlay_merges_maps_adds_relations_and_replaces_machines():
    overlay: dict[str, Any] = {
        "applications": {"db": {"options": {"size": 9}, "num_units": 3}, "new": {"charm": "x"}},
        "relations": [["new:a", "db:a"]],
        "machines": {"5": {}},
    }
    merged = merge_overlay(bundle(), overlay)
    assert merged["applications"]["db"]["options"] == {"size": 9, "name": "x"}
    assert merged["applications"]["db"]["num_units"] == 3
    assert merged["applications"]["new"] == {"charm": "x"}
    assert merged["relations"] == [["app:db", "db:db"], ["new:a", "db:a"]]
    assert merged["machines"] == {"5": {}}


def test_an_application_without_a_body_is_removed_with_its_relations():
    merged = merge_overlay(bundle(), {"applications": {"db": None}})
    assert set(merged["applications"]) == {"app"}
    assert "relations" not in merged
