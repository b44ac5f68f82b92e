"""A tutorial about the cloud: shown, known, removed and told as that, not as a model."""

import io
import json
import os
import sys
from pathlib import Path

import pytest
from rich.console import Console

from kafkastack.cli.main import main
from kafkastack.errors import KafkastackError
from kafkastack.microstack.settings import default_settings
from kafkastack.tutorial import document, journal, library
from kafkastack.tutorial.command import entry_of
from kafkastack.tutorial.removal import Removed, remove_cloud
from kafkastack.tutorial.runner import Walk
from kafkastack.tutorial.scene import Scene
from kafkastack.tutorial.screen import Screen
from kafkastack.tutorial.subject import CLOUD_SUBJECT, MODEL_SUBJECT, subject_of
from kafkastack.tutorial.work_folder import work_folder

FAKE = Path(__file__).parent / "fake_cli.py"
TUTORIAL = document.parse(library.read("microstack"))


@pytest.fixture
def scene(tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_STATE", str(tmp_path / "fake.json"))
    folder = tmp_path / "microstack"
    folder.mkdir()
    return Scene(folder, (sys.executable, str(FAKE)))


def typed(scene):
    return json.loads((scene.folder.parent / "fake.json").read_text())["typed"]


def walk(scene):
    out = io.StringIO()
    screen = Screen(console=Console(file=out, highlight=False, soft_wrap=True))
    walked = Walk(TUTORIAL, scene, screen).run()
    return walked, out.getvalue()


def test_its_commands_tell_what_a_tutorial_is_about():
    first_journey = document.parse(library.read(library.DEFAULT))

    assert subject_of(TUTORIAL) is CLOUD_SUBJECT
    assert subject_of(first_journey) is MODEL_SUBJECT


def test_its_checkpoints_show_the_status_of_the_cloud(scene):
    _, shown = walk(scene)

    assert "  ✔ instance active: demo_instance\n\nMicroStack: running\n" in shown
    assert typed(scene) == [
        "microstack plan",
        "microstack bootstrap",
        "microstack configure",
        "microstack launch demo_instance",
    ]


@pytest.mark.parametrize("kept", [1, 5])  # before bootstrap and launch were recorded
def test_a_walk_killed_anywhere_launches_one_instance(scene, kept):
    walk(scene)
    done = journal.load(scene.folder)
    journal.save(scene.folder, journal.Journal(done.cloud, done.done[:kept], done.has_made))

    walked, _ = walk(scene)

    assert walked
    assert typed(scene).count("microstack launch demo_instance") == 1


def test_a_walk_begins_anew_when_the_cloud_is_gone(scene):
    walk(scene)
    scene.ask("microstack", "destroy")

    _, shown = walk(scene)

    assert "Removed since the last time: the cloud of this machine." in shown
    assert typed(scene).count("microstack bootstrap") == 2


def test_a_cloud_that_the_walk_has_made_is_removed_with_it(scene):
    walk(scene)

    removed = remove_cloud(scene, journal.load(scene.folder), False)

    assert removed == Removed("the cloud of this machine, its instances")
    assert typed(scene)[-1] == "microstack destroy --no-prompt"


def test_a_purge_removes_the_downloads_of_the_cloud_too(scene):
    walk(scene)

    remove_cloud(scene, journal.load(scene.folder), True)

    assert typed(scene)[-1] == "microstack destroy --no-prompt --purge"


def test_a_cloud_that_was_there_before_is_kept(scene):
    scene.ask("microstack", "bootstrap")
    walk(scene)

    removed = remove_cloud(scene, journal.load(scene.folder), True)

    assert removed.gone == ""
    assert "kafkastack microstack destroy" in removed.kept
    assert "microstack destroy --no-prompt --purge" not in typed(scene)


def test_a_cloud_whose_bootstrap_failed_is_the_walks_own(scene, monkeypatch):
    monkeypatch.setenv("FAKE_FAILS", "microstack bootstrap")
    with pytest.raises(KafkastackError, match="this command failed"):
        walk(scene)

    assert journal.load(scene.folder).has_made


def test_without_a_name_all_that_was_walked_is_removed_the_model_before_its_cloud(
    tmp_path, monkeypatch, capsys
):
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "KAFKASTACK_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.delenv("KAFKASTACK_DATA", raising=False)
    work_folder("microstack").mkdir(parents=True)

    assert main(["tutorial", "remove"]) == 0

    model, cloud = capsys.readouterr().out.splitlines()
    assert model.startswith("Removed: controller overlord")
    assert cloud == f"Removed: {work_folder('microstack')}"
    assert not work_folder("microstack").exists()


def test_it_makes_a_cloud_and_is_walked_on_none(capsys):
    assert main(["tutorial", "run", "microstack", "--cloud", "lxd"]) == 2
    assert "--cloud says nothing to it" in capsys.readouterr().err


def test_the_cloud_microstack_is_the_one_that_the_variables_name(monkeypatch):
    assert entry_of("lxd") == "lxd"
    monkeypatch.delenv("KAFKASTACK_MICROSTACK", raising=False)
    assert entry_of("microstack") == "microstack"
    monkeypatch.setenv("KAFKASTACK_MICROSTACK", "/var/lib/another")
    assert entry_of("microstack") == default_settings().name != "microstack"


def test_without_root_it_ends_with_a_sentence(capsys, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert main(["tutorial", "run", "microstack"]) == 3
    assert "the tutorial microstack needs root\ntype: sudo" in capsys.readouterr().err
