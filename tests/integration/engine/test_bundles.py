"""deploy makes a model what a bundle describes, once and again."""

from pathlib import Path

import pytest
import yaml

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm

BUNDLE = """\
applications:
  first:
    charm: ./plain
    num_units: 2
    to: ["7", new]
    options: {text: include-file://motto.txt, number: 5}
    expose: true
  second:
    charm: ./plain
    num_units: 1
    to: [first/0]
relations:
  - [first:client, second:server]
machines:
  "7": {base: ubuntu@24.04, constraints: mem=1G}
"""
OVERLAY = """\
applications:
  second: {options: {number: 9}}
  third: {charm: ./plain}
relations:
  - [third:client, second:server]
"""


@pytest.fixture(scope="module")
def folder(charms: Path) -> Path:
    """A folder with a bundle, a charm and what the bundle names."""
    write_charm(charms)
    (charms / "motto.txt").write_text("hello")
    (charms / "bundle.yaml").write_text(BUNDLE)
    (charms / "overlay.yaml").write_text(OVERLAY)
    return charms


@pytest.fixture
def model(shared: Engine, request: pytest.FixtureRequest) -> Engine:
    """A model for one test."""
    name = request.node.name.removeprefix("test_").replace("_", "-")[:40].rstrip("-")
    shared("add-model", name)
    return shared


def test_a_dry_run_tells_and_changes_nothing(model: Engine, folder: Path):
    assert model("deploy", str(folder), "--dry-run").splitlines() == [
        "Changes to deploy bundle:",
        f"- deploy application first using {folder}/plain from local charm",
        "- expose all endpoints of first",
        f"- deploy application second using {folder}/plain from local charm",
        "- add new machine 0 (bundle machine 7)",
        "- add relation first:client - second:server",
        "- add unit first/0 to machine 0",
        "- add unit first/1 to new machine 1",
        "- add unit second/0 to machine 0",
    ]
    assert model.status()["applications"] == {}


def test_a_bundle_is_deployed_once_and_its_overlay_changes_it(model: Engine, folder: Path):
    told = model.ask("deploy", str(folder / "bundle.yaml"))
    assert told.code == 0 and told.out.splitlines()[0] == "Executing changes:"
    assert told.err.splitlines()[-1] == "Deploy of bundle completed."
    model.wait_for_idle(count=3)
    status = model.status()
    units = {n: unit["machine"] for n, unit in model.units().items()}
    assert units == {"first/0": "0", "first/1": "1", "second/0": "0"}
    assert status["applications"]["first"]["exposed"] is True
    assert model("config", "first", "text") == "hello\n"
    assert model("config", "first", "number") == "5\n"
    assert model("constraints", "first") == "\n"
    assert model("deploy", str(folder)) == "No changes to apply.\n"

    changed = model("deploy", str(folder), "--overlay", str(folder / "overlay.yaml"))
    assert [line[2:] for line in changed.splitlines()[1:]] == [
        "set application options for second",
        f"deploy application third using {folder}/plain from local charm",
        "add relation third:client - second:server",
    ]
    assert model("config", "second", "number") == "9\n"


def test_a_bundle_may_use_the_machines_that_are_there(model: Engine, folder: Path):
    model("add-machine", "-n", "2")
    model("deploy", str(folder), "--map-machines", "7=1")
    assert model.status()["applications"]["second"]["units"]["second/0"]["machine"] == "1"
    assert "machine 9 for 7 not found" in model.fails(
        "deploy", str(folder), "--map-machines", "7=9"
    )


def test_what_removes_an_application_in_an_overlay_removes_its_relations(
    model: Engine, folder: Path
):
    documents = [yaml.safe_load(BUNDLE), {"applications": {"second": None}}]
    (folder / "two.yaml").write_text(yaml.safe_dump_all(documents))
    model("deploy", str(folder / "two.yaml"))
    assert list(model.status()["applications"]) == ["first"]


WRONG = [
    ("applications: {a: {charm: kafka, num_units: 1, options: {nope: 1}}}", 'option "nope"'),
    ("applications: {a: {charm: nothing}}", 'charm or bundle "nothing" not found'),
    ("applications: {a: {charm: ./plain}}\nrelations: [[a:client, a:server]]", "relation"),
    ("applications: {a: {charm: ./plain, resources: {jar: ./gone}}}", "gone not found"),
    ("applications: {a: {charm: ./plain, trust: true}}", "without trusting"),
    ("applications: [", "line 2 is not YAML"),
    ("- a list", "expected a map"),
    ("", "is empty"),
]


@pytest.mark.parametrize(("text", "said"), WRONG, ids=[said for _, said in WRONG])
def test_nothing_of_a_wrong_bundle_is_deployed(shared: Engine, folder: Path, text: str, said: str):
    (folder / "wrong.yaml").write_text(text)
    told = shared.fails("deploy", "-m", "m", str(folder / "wrong.yaml"))
    assert said in told
    assert shared.status("-m", "m")["applications"] == {}


def test_flags_of_charms_are_refused_for_a_bundle(shared: Engine, folder: Path):
    told = shared.fails("deploy", str(folder), "--config", "a=b", "--to", "0", code=2)
    assert "not supported when deploying a bundle: --config, --to" in told
    assert "gone.yaml: No such file" in shared.fails("deploy", "./gone.yaml")


def test_what_is_exported_makes_the_same_model_again(model: Engine, folder: Path, tmp_path: Path):
    file = tmp_path / "exported.yaml"
    model("deploy", str(folder), "--overlay", str(folder / "overlay.yaml"))
    model("expose", "second", "--endpoints", "server", "--to-cidrs", "10.0.0.0/24")
    assert model("export-bundle", "--filename", str(file)) == (
        f"Bundle successfully exported to {file}\n"
    )
    text = file.read_text()
    assert text == model("export-bundle")
    assert "nothing to export" in model.fails("export-bundle", "-m", "m")
    assert 'charm "local:plain-0" was deployed from a folder' in model.fails("deploy", str(file))
    file.write_text(text.replace("local:plain-0", str(folder / "plain")))
    assert model("diff-bundle", str(file)) == "{}\n"
    model("add-model", "again")
    model("deploy", str(file))
    assert model("export-bundle") == text
    model("switch", "m")


def test_a_difference_is_shown_on_both_sides(model: Engine, folder: Path):
    model("deploy", str(folder))
    model("config", "first", "number=6")
    model("add-unit", "second")
    model("deploy", str(folder / "plain"), "mine")
    model("integrate", "mine:client", "second:server")
    overlay = folder / "overlay.yaml"
    assert yaml.safe_load(model("diff-bundle", str(folder), "--overlay", str(overlay))) == {
        "applications": {
            "first": {"options": {"number": {"bundle": 5, "model": 6}}},
            "mine": {"missing": "bundle"},
            "second": {
                "num_units": {"bundle": 1, "model": 2},
                "options": {"number": {"bundle": 9, "model": None}},
            },
            "third": {"missing": "model"},
        },
        "machines": {
            "0": {"missing": "bundle"},
            "1": {"missing": "bundle"},
            "2": {"missing": "bundle"},
            "3": {"missing": "bundle"},
            "7": {"missing": "model"},
        },
        "relations": {
            "bundle-additions": [["second:server", "third:client"]],
            "model-additions": [["second:server", "mine:client"]],
        },
    }


def test_a_bundle_offers_and_uses_what_others_offer(shared: Engine, folder: Path):
    offers = {"applications": {"first": {"offers": {"things": {"endpoints": ["server"]}}}}}
    uses = {
        "applications": {"mine": {"charm": str(folder / "plain"), "num_units": 1}},
        "saas": {"things": {"url": "admin/giver.things"}},
        "relations": [["mine:client", "things:server"]],
    }
    for name, document in (("offers.yaml", offers), ("uses.yaml", uses)):
        (folder / name).write_text(yaml.safe_dump(document))
    shared("add-model", "giver")
    told = shared("deploy", str(folder), "--overlay", str(folder / "offers.yaml"))
    assert told.splitlines()[-1] == "- create offer things using first:server"
    shared("add-model", "taker")
    told = shared("deploy", str(folder / "uses.yaml"))
    assert "- consume offer things at admin/giver.things" in told.splitlines()
    assert "- add relation mine:client - things:server" in told.splitlines()
    assert shared("deploy", str(folder / "uses.yaml")) == "No changes to apply.\n"
    exported = shared("export-bundle").replace("local:plain-0", str(folder / "plain"))
    (folder / "again.yaml").write_text(exported)
    assert shared("diff-bundle", str(folder / "again.yaml")) == "{}\n"
    assert "things:" in shared("export-bundle", "-m", "giver").partition("# overlay.yaml")[2]
    shared("switch", "m")
