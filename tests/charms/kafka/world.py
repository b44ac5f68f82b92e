"""Real brokers and a real ZooKeeper, run by both charms, with databags carried as Juju does.

`systemctl` of these machines runs what the charms render.
"""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kafkastack_charms.testing.ca import CA
from kafkastack_charms.testing.machine import Machine
from ops import testing
from scenario.state import _Event

from tests.charms.application import (
    CERTIFICATES,
    Application,
    certificates_changed,
    next_secret,
    own,
    peers_changed,
)
from tests.charms.kafka import modules as kafka
from tests.charms.kafka.unit import Unit
from tests.charms.kafka.zookeeper import ZooKeeper

METADATA = 7
PATIENCE = 60.0


class World(Application):
    """What Juju knows of one application kafka, and of the ZooKeeper that it is related to."""

    def __init__(self, folder: Path, jars: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(folder, jars / "kafka.jar", monkeypatch)
        self.zookeeper = ZooKeeper(folder / "zookeeper", jars / "zookeeper.jar", monkeypatch)
        self.path = self.zookeeper.path
        self.asked_of_zookeeper: dict[str, str] = {}
        self.revived = 0

    @property
    def leader(self) -> int:
        return min(self.units)

    def add_unit(self, number: int, **how: Any) -> None:
        folder = self.folder / str(number)
        unit = Unit(folder, Machine(folder / "machine"), number, self.address(number), **how)
        unit.jar = self.jar
        shutil.copytree(kafka.CHARM / "src", unit.root / "src")
        self.units[number], self.unit_data[number] = unit, {}
        self.unit_secrets[number], self.requests[number] = [], {}
        self.run(number, lambda on, _: on.start())

    def run(self, number: int, choose: Callable[[Any, testing.State], Any]) -> None:
        """Run one hook of one unit."""
        unit = self.units[number]
        self.monkeypatch.setenv("PATH", f"{unit.machine.bin}{os.pathsep}{self.path}")
        state = self._state(number)
        with kafka.as_dispatched():
            after = unit.run(choose(unit.context.on, state), state)
        self.states[number] = after
        self._collect(number, after)

    def _state(self, number: int) -> testing.State:
        unit, leads = self.units[number], number == self.leader
        others = {n: data for n, data in self.unit_data.items() if n != number}
        relations: list[Any] = [
            testing.PeerRelation(
                "cluster",
                id=1,
                local_app_data=self.app_data,
                local_unit_data=self.unit_data[number],
                peers_data=others,
            ),
            testing.Relation(
                "zookeeper",
                id=METADATA,
                remote_app_name="zookeeper",
                remote_app_data=self._told_by_zookeeper(),
                local_app_data=self.asked_of_zookeeper if leads else {},
            ),
            *(self._client(rid, leads) for rid in self.clients),
            *([self.certificates(number)] if self.authority else []),
        ]
        return unit.state(
            *relations,
            leader=leads,
            planned_units=len(self.units),
            opened_ports=self.states[number].opened_ports
            if number in self.states
            else frozenset(),
            config=self.config,
            secrets=[
                *self.secrets.values(),
                *self.unit_secrets[number],
                *(replace(s, owner=None, label=None) for s in self.zookeeper.secrets.values()),
            ],
        )

    def _told_by_zookeeper(self) -> dict[str, str]:
        return self.zookeeper.clients.get(METADATA, ({}, {}))[1]

    def _client(self, rid: int, leads: bool) -> testing.Relation:
        asked, told = self.clients[rid]
        return testing.Relation(
            "kafka-client",
            id=rid,
            remote_app_name=f"client-{rid}",
            remote_app_data=asked,
            local_app_data=told if leads else {},
        )

    def _collect(self, number: int, state: testing.State) -> None:
        leads = number == self.leader
        for relation in state.relations:
            if relation.endpoint == "cluster":
                self.unit_data[number] = own(relation.local_unit_data)
                self.app_data = dict(relation.local_app_data) if leads else self.app_data
            elif relation.endpoint == "zookeeper" and leads:
                self.asked_of_zookeeper = dict(relation.local_app_data)
            elif relation.endpoint == "kafka-client" and leads:
                asked, _ = self.clients[relation.id]
                self.clients[relation.id] = (asked, dict(relation.local_app_data))
            elif relation.endpoint == "certificates":
                self.requests[number] = own(relation.local_unit_data)
        self.unit_secrets[number] = [next_secret(s) for s in state.secrets if s.owner == "unit"]
        if leads:
            self.secrets = {s.id: next_secret(s) for s in state.secrets if s.owner == "app"}

    def settle(self) -> None:
        """Deliver what changed until every broker has acknowledged a message."""
        deadline = time.monotonic() + PATIENCE
        while not self._is_settled():
            if time.monotonic() > deadline:
                raise AssertionError(f"never settled: {self.statuses}\n{self.complaints}")
            self.turn()
            time.sleep(0.05)

    def turn(self) -> None:
        """Deliver what changed once to everybody."""
        self._tell_zookeeper()
        self.revive()
        for number in self.units:
            self.run(number, peers_changed)
            self.run(number, server_changed)

    def revive(self) -> None:
        """Start brokers again that ended by themselves, as their service asks for."""
        for unit in self.units.values():
            if _has_died(unit.machine):
                unit.machine.run("restart", "kafka.service")
                self.revived += 1

    @property
    def complaints(self) -> str:
        """What the brokers complained of, for a test that fails."""
        logs = [unit.folder / "logs" / "server.log" for unit in self.units.values()]
        lines = [line for log in logs if log.exists() for line in log.read_text().splitlines()]
        return "\n".join(line for line in lines if " WARN " in line or " ERROR " in line)[-4000:]

    def _is_settled(self) -> bool:
        before = (self.app_data, self.unit_data.copy(), self.clients.copy())
        self._tell_zookeeper()
        for number in self.units:
            self.run(number, peers_changed)
        after = (self.app_data, self.unit_data, self.clients)
        unfinished = [unit for unit in self.units.values() if (unit.root / ".unfinished").exists()]
        are_active = {text.partition(" ")[0] for text in self.statuses.values()} == {"active"}
        return are_active and before == after and not unfinished

    def _tell_zookeeper(self) -> None:
        asked, told = self.zookeeper.clients.get(METADATA, ({}, {}))
        if self.asked_of_zookeeper not in ({}, asked):
            self.zookeeper.clients[METADATA] = (self.asked_of_zookeeper, told)
            self.zookeeper.settle()

    def remove_relation(self, relation_id: int) -> None:
        """End a relation: every unit sees it break, then it is gone."""
        for number in self.units:
            self.run(number, lambda on, state: on.relation_broken(state.get_relation(relation_id)))
        self.clients.pop(relation_id, None)
        if relation_id == CERTIFICATES:
            self.authority = None

    def certify(self) -> None:
        """Relate every unit to an authority and carry its signatures."""
        self.authority = self.authority or CA()
        for _ in ("asked", "signed"):
            for number in self.units:
                self.run(number, certificates_changed)

    def renew_ca(self) -> None:
        """Have everything signed anew, by another CA."""
        self.authority = CA()
        for number in self.units:
            self.run(number, certificates_changed)

    def certify_zookeeper(self) -> None:
        """Do the same for ZooKeeper, with an authority of its own, until the plain port closes."""
        self.zookeeper.certify()
        self.zookeeper.run_update_status()

    def restarts(self, number: int = 0) -> int:
        """Tell how often the charm has restarted a broker."""
        return self.units[number].machine.calls.count("restart kafka.service") - self.revived

    def end(self) -> None:
        for unit in self.units.values():
            unit.machine.end()
        self.zookeeper.end()


def _has_died(machine: Machine) -> bool:
    file = machine.folder / "state" / "kafka.service.pid"
    if not file.exists():
        return False
    stat = Path(f"/proc/{file.read_text().strip()}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def server_changed(_on: Any, _state: testing.State) -> Any:
    """Choose the watcher's event; `custom` is for events of libraries only."""
    return _Event("server_changed")
