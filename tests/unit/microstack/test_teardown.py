"""Removal by destroy: what an installation has put there, however far it had come."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kafkastack.microstack import access, teardown
from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.settings import Settings


@pytest.fixture
def cloud(tmp_path: Path) -> Any:
    settings = Settings(tmp_path / "lib" / "microstack", tmp_path / "cache", number=7)
    inside = SimpleNamespace(leader=0, end=lambda: None)
    return SimpleNamespace(settings=settings, inside=inside)


def made(cloud: Any, *names: str) -> None:
    for name in names:
        path = cloud.settings.state / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


def destroy(cloud: Any) -> None:
    teardown.destroy(cloud, lambda _: None)


def test_where_there_is_none_nothing_happens(cloud: Any):
    destroy(cloud)

    assert not cloud.settings.state.exists()


@pytest.mark.parametrize(
    "names",
    [("lock",), ("lock", "secrets.json"), ("data/mysql/ibdata1", "done/databases", "ca.pem")],
)
def test_a_half_built_one_goes_whole(cloud: Any, names: tuple[str, ...]):
    made(cloud, *names)

    destroy(cloud)

    assert not cloud.settings.state.parent.exists()


def test_everybody_who_was_given_access_loses_it(tmp_path: Path, cloud: Any):
    real = Cloud(cloud.settings)
    assert real.secrets
    (cloud.settings.state / "ca.pem").write_text("an authority")
    homes = [tmp_path / name for name in ("ana", "ben")]
    for home in homes:
        person = access.Person(cloud.settings.name, home, os.getuid(), os.getgid())
        access.give(real, person)
        access.give(real, person)
        assert person.clouds.exists()

    destroy(cloud)

    assert [path for home in homes for path in home.rglob("*") if path.is_file()] == []
    assert not cloud.settings.state.exists()


def test_what_somebody_else_has_put_there_stays(cloud: Any):
    made(cloud, "secrets.json", "photos/holiday.jpg")

    destroy(cloud)

    left = [path for path in cloud.settings.state.rglob("*") if path.is_file()]
    assert left == [cloud.settings.state / "photos/holiday.jpg"]
