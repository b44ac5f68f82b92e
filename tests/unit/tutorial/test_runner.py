import io
import json
import sys
from pathlib import Path

import pytest
from rich.console import Console

from kafkastack.errors import ConflictError, PreflightError
from kafkastack.tutorial import document, journal
from kafkastack.tutorial.runner import Walk
from kafkastack.tutorial.scene import Scene
from kafkastack.tutorial.screen import Screen

FAKE = Path(__file__).parent / "fake_cli.py"
PAGE = """\
# Page
## 1. Begin
```console
$ kafkastack bootstrap local overlord
$ kafkastack add-model demo
$ kafkastack deploy kafka
$ kafkastack integrate kafka zookeeper
```
> **Checkpoint.** It runs.
```checkpoint
active: kafka
```
## 2. Go on
```properties client.properties
user=<username>
password=<password>
```
```console
$ kafkastack remove-relation kafka zookeeper
$ kafkastack config kafka a=b
```
> **Checkpoint.** The file is ours.
```checkpoint
private: client.properties
not integrated: kafka zookeeper
```
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_STATE", str(tmp_path / "fake.json"))
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def typed(folder):
    return json.loads((folder.parent / "fake.json").read_text())["typed"]


def walk(folder, text=PAGE, cloud=""):
    out = io.StringIO()
    screen = Screen(console=Console(file=out, highlight=False, soft_wrap=True))
    tutorial = document.parse(text)
    scene = Scene(folder, (sys.executable, str(FAKE)))
    walked = Walk(tutorial, scene, screen, cloud).run()
    return walked, out.getvalue()


def test_a_walk_types_the_commands_in_order_and_shows_each(fake, capfd):
    walked, shown = walk(fake)

    assert walked
    assert typed(fake) == [
        "bootstrap local overlord",
        "add-model demo",
        "deploy kafka",
        "integrate kafka zookeeper",
        "remove-relation kafka zookeeper",
        "config kafka a=b",
    ]
    assert "$ kafkastack add-model demo" in shown
    assert "did add-model" in capfd.readouterr().out


def test_a_checkpoint_shows_the_status_that_it_verified(fake):
    _, shown = walk(fake)

    assert "✔ It runs.\n  ✔ active: kafka\n\nModel  Controller\n" in shown


def test_a_file_is_private_and_its_password_is_not_shown(fake):
    _, shown = walk(fake)

    path = fake / "client.properties"
    assert path.read_text() == "user=relation-6\npassword=s3cret\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert "s3cret" not in shown
    assert "user=relation-6" in shown


def test_a_second_walk_changes_nothing(fake):
    walk(fake)
    before = typed(fake)

    walked, _ = walk(fake)

    assert not walked
    assert typed(fake) == before


def test_a_walk_that_failed_goes_on_with_the_command_that_failed(fake, monkeypatch):
    monkeypatch.setenv("FAKE_FAILS", "deploy")
    with pytest.raises(PreflightError, match="this command failed: kafkastack deploy kafka"):
        walk(fake)
    monkeypatch.delenv("FAKE_FAILS")

    _, shown = walk(fake)

    assert "Going on at 1. Begin" in shown
    assert typed(fake).count("bootstrap local overlord") == 1


@pytest.mark.parametrize("kept", range(8))
def test_a_walk_killed_after_an_effect_and_before_its_record_does_no_harm(fake, kept):
    walk(fake)
    done = journal.load(fake)
    journal.save(fake, journal.Journal(done.cloud, done.done[:kept]))

    walked, _ = walk(fake)

    assert walked
    assert typed(fake).count("deploy kafka") == 1
    assert typed(fake).count("add-model demo") == 1


def test_a_walk_begins_anew_when_its_model_is_gone(fake):
    walk(fake)
    (fake.parent / "fake.json").unlink()

    walked, shown = walk(fake)

    assert walked
    assert "beginning anew" in shown
    assert "deploy kafka" in typed(fake)


def test_the_cloud_that_was_asked_for_is_bootstrapped(fake):
    _, shown = walk(fake, cloud="lxd")

    assert typed(fake)[0] == "bootstrap lxd overlord"
    assert "$ kafkastack bootstrap lxd overlord" in shown


def test_a_walk_goes_on_where_it_began_and_on_no_other_cloud(fake):
    walk(fake, cloud="lxd")

    walk(fake)
    with pytest.raises(ConflictError, match="is being walked on the cloud lxd, not local"):
        walk(fake, cloud="local")


def test_a_quiet_walk_writes_nothing(fake, capfd):
    tutorial = document.parse(PAGE)
    Walk(tutorial, Scene(fake, (sys.executable, str(FAKE))), Screen(quiet=True)).run()

    assert capfd.readouterr() == ("", "")


def test_what_a_command_stands_for_is_filled_in_but_never_a_password(fake):
    text = """\
# Page
```console
$ kafkastack config kafka system-users=<secret> password=<password>
```
"""

    _, shown = walk(fake, text)

    assert typed(fake) == ["config kafka system-users=secret:d5ncb password=<password>"]
    assert "$ kafkastack config kafka system-users=secret:d5ncb password=<password>" in shown
