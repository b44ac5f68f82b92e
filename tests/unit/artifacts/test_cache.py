from pathlib import Path

import pytest

from kafkastack.artifacts import cache
from kafkastack.artifacts.distributions import DISTRIBUTIONS
from kafkastack.artifacts.resources import plan


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("KAFKASTACK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_cache_is_where_the_person_says(folder):
    assert cache.cache_dir() == folder


def test_the_cache_is_below_xdg_cache_home(tmp_path, monkeypatch):
    monkeypatch.delenv("KAFKASTACK_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.cache_dir() == tmp_path / "kafkastack"


def test_the_cache_is_in_the_home_otherwise(tmp_path, monkeypatch):
    monkeypatch.delenv("KAFKASTACK_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.cache_dir() == tmp_path / ".cache" / "kafkastack"


def put(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    path.chmod(0o444)


def test_the_size_is_that_of_what_we_put_there(folder):
    put(folder / "kafka" / "3.9.2" / "lib" / "a.jar", 10)
    put(folder / "java" / "bin" / "java", 5)
    put(folder / "somebody-elses", 100)
    assert cache.cache_size() == 15


def test_a_purge_leaves_nothing_of_ours(folder):
    put(folder / "kafka" / "3.9.2" / "lib" / "a.jar", 10)
    cache.purge()
    assert not folder.exists()


def test_a_purge_leaves_what_is_not_ours(folder):
    put(folder / "kafka" / "a.jar", 10)
    put(folder / "thesis.txt", 10)
    cache.purge()
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]


def test_an_empty_cache_has_no_size_and_nothing_to_purge(folder):
    cache.purge()
    assert cache.cache_size() == 0


def test_the_plan_of_an_empty_cache_has_the_bytes_and_the_folder(folder):
    planned = plan(DISTRIBUTIONS["kafka-3.9.2"])[0]
    assert (planned.name, planned.folder) == ("kafka-3.9.2", folder / "kafka" / "3.9.2")
    assert 40e6 < planned.size < 60e6
