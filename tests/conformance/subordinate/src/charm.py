#!/usr/bin/env python3
"""A subordinate charm that notes each hook, with the units of its relation that it sees."""

import os
import pathlib

import ops


class Companion(ops.CharmBase):
    """Lives beside another unit."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        for name, source in self.on.events().items():
            if not name.endswith("_action") and not name.startswith("collect_"):
                framework.observe(source, self._note)
        framework.observe(self.on.collect_unit_status, self._status)

    def _note(self, event: ops.EventBase) -> None:
        hook = os.environ["JUJU_DISPATCH_PATH"].removeprefix("hooks/")
        units = [u.name for relation in self.model.relations["host"] for u in relation.units]
        principal = os.environ["JUJU_PRINCIPAL_UNIT"]
        notes = pathlib.Path(os.environ["HOME"], self.unit.name.replace("/", "-"))
        with notes.open("a") as stream:
            stream.write(f"{hook} {principal} {','.join(sorted(units))}\n")

    def _status(self, event: ops.CollectStatusEvent) -> None:
        event.add_status(ops.ActiveStatus("beside it"))


if __name__ == "__main__":
    ops.main(Companion)
