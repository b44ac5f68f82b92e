"""Tables of a service, made, and made again after a bootstrap that was killed."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from kafkastack.microstack.steps.openstack import steps


class FakeCloud:
    """Remembers the programs that were run inside, and SQL."""

    def __init__(self, schemas: Path) -> None:
        self.done: list[tuple[str, ...]] = []
        self.environment = SimpleNamespace(schemas=schemas)
        self.inside = SimpleNamespace(run=self._run)

    def sql(self, statements: str, *_: str) -> None:
        self.done.append(("sql", statements.split()[0]))

    def _run(self, *argv: str, **_: str) -> str:
        self.done.append(argv)
        return ""


def test_a_migration_that_a_killed_bootstrap_has_left_is_ended_first(tmp_path: Path):
    cloud: Any = FakeCloud(tmp_path)
    (step,) = (step for step in steps() if step.name == "schema-neutron")

    step.run(cloud)

    (*shell, pattern), drop, migrate, _ = cloud.done
    assert (shell[0], drop, migrate[0]) == ("sh", ("sql", "DROP"), "neutron-db-manage")
    assert re.search(pattern, f"/opt/openstack/bin/python /opt/openstack/bin/{' '.join(migrate)}")
    assert not re.search(pattern, " ".join((*shell, pattern))), "it does not end itself"
