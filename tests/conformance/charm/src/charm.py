#!/usr/bin/env python3
"""A charm that uses every part of the contract between Juju and ops."""

import json
import logging
import os
import pathlib

import checks
import ops

log = logging.getLogger(__name__)
EVENTS = pathlib.Path.home() / "events"


class Conformance(ops.CharmBase):
    """Notes each event, and answers actions."""

    stored = ops.StoredState()

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.stored.set_default(count=0)
        for name, source in self.on.events().items():
            if not name.endswith("_action") and not name.startswith("collect_"):
                framework.observe(source, self._note)
        framework.observe(self.on.see_action, self._see)
        framework.observe(self.on.use_action, self._use)
        framework.observe(self.on.nested_action, self._nested)
        framework.observe(self.on.fail_action, self._fail)
        framework.observe(self.on.raise_action, self._raise)
        framework.observe(self.on.collect_unit_status, self._unit_status)
        framework.observe(self.on.collect_app_status, self._app_status)

    def _note(self, event: ops.EventBase) -> None:
        """Write down what came, with all it says about itself."""
        name = os.environ["JUJU_DISPATCH_PATH"].removeprefix("hooks/")
        self.stored.count += 1
        if isinstance(event, ops.ConfigChangedEvent) and self.config["put-off"]:
            event.defer()
        with EVENTS.open("a") as stream:
            stream.write(json.dumps({"hook": name, **checks.about(self, event)}) + "\n")
        if isinstance(event, ops.RelationJoinedEvent):
            event.relation.data[self.unit]["greeting"] = f"hello from {self.unit.name}"
        if self.config["misbehave"] == name:
            raise RuntimeError(f"told to misbehave at {name}")

    def _see(self, event: ops.ActionEvent) -> None:
        event.set_results({"seen": json.dumps(checks.SEE[event.params["what"]](self))})

    def _use(self, event: ops.ActionEvent) -> None:
        result = checks.USE[event.params["what"]](self, event.params["value"])
        event.set_results({"result": json.dumps(result)})

    def _nested(self, event: ops.ActionEvent) -> None:
        event.log("about to answer")
        event.set_results(
            {"a": {"b": {"c": event.params["depth"]}}, "map": event.params.get("map")}
        )

    def _fail(self, event: ops.ActionEvent) -> None:
        event.log("one")
        event.log("two")
        event.set_results({"got": "this far"})
        event.fail("as asked")

    def _raise(self, event: ops.ActionEvent) -> None:
        raise RuntimeError("an action that raises")

    def _unit_status(self, event: ops.CollectStatusEvent) -> None:
        event.add_status(ops.ActiveStatus(f"{self.config['number']}"))

    def _app_status(self, event: ops.CollectStatusEvent) -> None:
        event.add_status(ops.ActiveStatus("led"))


if __name__ == "__main__":
    ops.main(Conformance)
