import os

import pytest

from kafkastack.cli import preflight
from kafkastack.cli.main import main
from kafkastack.clouds.local.listeners import Held

HELD = Held(9092, "docker")


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("KAFKASTACK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KAFKASTACK_DATA", str(tmp_path / "data"))
    return tmp_path


def test_it_tells_what_will_be_fetched_and_where_to(folders, capsys):
    assert main(["preflight"]) == 0

    out = capsys.readouterr().out
    assert f"kafka-3.9.2: 48.6 MB will be fetched to {folders}/cache/kafka/3.9.2" in out


def test_it_changes_nothing_but_what_it_remembers_of_java(folders):
    main(["preflight"])

    assert [p.name for p in folders.rglob("*") if p.is_file()] in ([], ["known.json"])


def test_a_port_that_somebody_holds_is_exit_code_3_with_advice(monkeypatch, capsys):
    monkeypatch.setattr(preflight, "wildcard_listeners", lambda _: (HELD,))

    assert main(["preflight"]) == 3

    told = capsys.readouterr()
    assert "MISSING  port 9092" in told.out
    assert told.err == f"ERROR port 9092 is held on every address by docker\n{HELD.advice}\n"


def test_too_little_memory_is_told_before_anything_is_started(monkeypatch, capsys):
    monkeypatch.setattr(preflight, "MEMORY_MB", 10**9)

    assert main(["preflight"]) == 3
    assert "1000000000 MB needed" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write everywhere")
def test_a_folder_that_cannot_be_written_is_named(folders, capsys):
    (folders / "data").mkdir(mode=0o500)

    assert main(["preflight"]) == 3
    assert f"{folders}/data cannot be written" in capsys.readouterr().err


def test_available_memory_is_read_in_decimal_megabytes():
    text = "MemTotal:  16000000 kB\nMemAvailable:    8000000 kB\n"

    assert preflight.memory_available(text) == 8192
