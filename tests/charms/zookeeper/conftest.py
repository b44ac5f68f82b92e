"""Fixtures of the tests of the ZooKeeper charm: units, an ensemble, and real servers."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from kafkastack_charms.testing.machine import Machine

from tests.charms.zookeeper import modules
from tests.charms.zookeeper.four_letter_words import four_letter_words
from tests.charms.zookeeper.unit import ADDRESS, Unit
from tests.charms.zookeeper.world import World
from tests.fakes.distribution import find_jar


@pytest.fixture(autouse=True)
def as_dispatched() -> Iterator[None]:
    with modules.as_dispatched():
        yield


@dataclass
class FakeEnsemble:
    """Remembers what the charm did; the membership is kept as the server itself would."""

    members: dict[int, str] = field(default_factory=dict)
    chroots: dict[str, dict[str, str]] = field(default_factory=dict)
    is_closed: bool = False
    logins: list[tuple[Any, str]] = field(default_factory=list)
    large: set[str] = field(default_factory=set)
    dynamic_file: Path | None = None

    def __call__(self, place: Any, password: str) -> "FakeEnsemble":
        self.logins.append((place, password))
        return self

    def __enter__(self) -> "FakeEnsemble":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def change_members(self, decide: Any) -> dict[int, str]:
        self.members = decide(self.members) or self.members
        return self.members

    def close_top(self) -> None:
        self.is_closed = True

    def ensure_chroot(self, path: str, owners: dict[str, str], at: str = "") -> str:
        """A tree of two hooks is there in the second one."""
        if path in self.large and not at:
            return f"{path}/half"
        self.chroots[path] = owners
        return ""


@pytest.fixture
def ensemble() -> FakeEnsemble:
    return FakeEnsemble()


@pytest.fixture
def unit(tmp_path: Path, machine: Machine, ensemble: FakeEnsemble) -> Unit:
    fakes = {"start_patience": 0.0, "grace": 0.0, "open_ensemble": ensemble}
    return Unit(tmp_path / "unit", machine, **fakes)


@pytest.fixture
def serving() -> Iterator[None]:
    with four_letter_words(ADDRESS):
        yield


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Units with real servers."""
    if not shutil.which("java"):
        pytest.skip("needs Java: apt-get install default-jre-headless")
    monkeypatch.setenv("RUN_SERVICES", "yes")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    made = World(tmp_path, find_jar("3.9.2").with_name("zookeeper.jar"), monkeypatch)
    yield made
    made.end()
