"""The ZooKeeper that brokers under test are related to: a real one, run by its own charm."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ops import testing

from tests.charms.zookeeper import modules
from tests.charms.zookeeper.world import Client, World


class ZooKeeper(World):
    """The application that the brokers are related to."""

    def __init__(self, folder: Path, jar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(folder, jar, monkeypatch)
        self.add_unit(self.leader)

    def enter(self, relation_id: int | None = None) -> Client:
        """Return a client: a relation's user, or nobody."""
        return self.log_in(relation_id, self.leader)

    @property
    def credentials(self) -> dict[str, str]:
        """What the app keeps secret."""
        contents = [secret.tracked_content for secret in self.secrets.values()]
        return next(content for content in contents if "users-key" in content)

    def run_update_status(self) -> None:
        self.run(self.leader, lambda on, _: on.update_status())

    def run(self, number: int, choose: Callable[[Any, testing.State], Any]) -> bool:
        with modules.as_dispatched():
            return super().run(number, choose)
