import fcntl
import os

import pytest

from kafkastack.cli.main import main
from kafkastack.errors import ConflictError
from kafkastack.tutorial.removal import readable
from kafkastack.tutorial.runner import Walk
from kafkastack.tutorial.work_folder import held


def test_list_names_the_tutorials(capsys):
    assert main(["tutorial", "list"]) == 0
    assert "kafka-on-microstack      Kafka on MicroStack" in capsys.readouterr().out


def test_show_prints_the_markdown(capsys):
    assert main(["tutorial", "show", "kafka-on-microstack"]) == 0
    assert capsys.readouterr().out.startswith("# Kafka on MicroStack")


def test_an_unknown_tutorial_is_an_error_with_the_next_command(capsys):
    assert main(["tutorial", "run", "nonsense"]) == 1
    assert "type: kafkastack tutorial list" in capsys.readouterr().err


def test_an_unknown_subcommand_is_an_error(capsys):
    assert main(["tutorial", "dance"]) == 2
    assert "there are: run, list, show, remove, purge" in capsys.readouterr().err


def test_two_walks_at_once_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with held("page"), pytest.raises(ConflictError, match="another terminal"), held("page"):
        pass


def test_the_folder_is_private_and_free_afterwards(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with held("page") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 bytes"), (999, "999 bytes"), (61_340_000, "61.3 MB")]
)
def test_sizes_are_readable(size, text):
    assert readable(size) == text


def test_an_interrupted_walk_says_how_to_go_on(tmp_path, monkeypatch, capsys):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("KAFKASTACK_GO_ON", "./run.sh")
    monkeypatch.setattr(Walk, "run", interrupt)

    assert main(["tutorial", "run", "--quiet"]) == 130
    assert capsys.readouterr().err == "\nInterrupted. To go on, type: ./run.sh\n"
