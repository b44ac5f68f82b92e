#!/usr/bin/env python3
"""Charm of a server of the tests: all that a charm of servers writes itself."""

from __future__ import annotations

import json
import sys

import ops
import probe
from kafkastack_charms import statuses, systemd
from kafkastack_charms.actions import Actions, RefusedError, Results, choose_password
from kafkastack_charms.reconciler import Plan, Reconciliation, plan_of
from kafkastack_charms.server_charm import BadOptionError, ServerCharm, Workload
from kafkastack_charms.watcher import Place

PORT = 7007


class GreeterReconciliation(Reconciliation):
    """What one pass over a greeter is besides the common one."""

    def plan(self) -> Plan | None:
        """Return the greeter of this unit, None while anything is missing."""
        if not self.credentials or self.facts.needs_certificate:
            return None
        inputs, stores = self.inputs, self.stores if self.inputs.has_ca else None
        settings = inputs.storages[0] / "conf" / "settings.json"
        content = {
            "address": inputs.addresses.bind,
            "port": PORT,
            "greeting": self.charm.config["greeting"],
            "password": self.credentials["greeter-password"],
            "keystore": str(self.certificates.keystore) if stores else "",
        }
        unit = systemd.service_unit(
            "Greeter", (sys.executable, str(inputs.charm / "src" / "server.py"), str(settings))
        )
        return plan_of(
            self.service,
            key=self.credentials["users-key"],
            unit=unit,
            texts={settings: json.dumps(content)},
            live=self.certificates.texts(stores),
            place=Place(
                inputs.addresses.bind, PORT, str(self.certificates.truststore) if stores else ""
            ),
        )


class GreeterCharm(ServerCharm):
    """Everything but the server itself is the library's."""

    workload = Workload("greeter", "Greeter", clients="greeter", ask=probe.ask)
    reconciliation = GreeterReconciliation
    table = statuses.table_of("greeter")
    passwords = ("greeter-password",)

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.actions = Actions(self, {"set_password": self._set_password})

    def check_options(self) -> None:
        """Raise BadOptionError for a greeting that is none."""
        if not str(self.config["greeting"]).isprintable():
            raise BadOptionError("greeting must be one line")

    def _set_password(self, event: ops.ActionEvent) -> Results:
        if not self.unit.is_leader():
            raise RefusedError("run it on the leader")
        password = choose_password(event.params.get("password"))
        self.reconcile(event)
        if self.last is None or self.last.credentials is None:
            raise RefusedError("there is no password yet")
        self.last.change_credentials({**self.last.credentials, "greeter-password": password})
        self.reconcile(event)
        return {"greeter-password": password}


if __name__ == "__main__":
    ops.main(GreeterCharm)
