"""Several units and their relations, with databags and secrets carried between them as Juju does.

Real servers: `systemctl` of these machines runs what the charm renders.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kafkastack_charms.testing.ca import CA
from kafkastack_charms.testing.machine import Machine
from kazoo.client import KazooClient
from ops import testing

from tests.charms.application import (
    CERTIFICATES,
    Application,
    certificates_changed,
    next_secret,
    own,
    peers_changed,
)
from tests.charms.zookeeper.unit import Unit

KAFKA = {
    "database": "/kafka",
    "extra-user-roles": "cdrwa",
    "requested-secrets": json.dumps(["username", "password", "tls", "tls-ca", "uris"]),
    "provided-secrets": json.dumps(["mtls-cert"]),
}


class Client(KazooClient):
    """A session like Kafka's: by SASL where credentials were told, through TLS where there is."""

    def __init__(self, address: str, told: dict[str, str]) -> None:
        login = {key: told[key] for key in ("username", "password") if key in told}
        authority = _file(told["tls-ca"]) if "tls-ca" in told else None
        super().__init__(
            f"{address}:{2182 if authority else 2181}",
            sasl_options={"mechanism": "DIGEST-MD5", **login} if login else None,
            use_ssl=authority is not None,
            ca=authority,
            timeout=20,
        )

    def __enter__(self) -> "Client":
        try:
            self.start(20)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.close()


def _file(text: str) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False) as file:
        file.write(text)
    return file.name


class World(Application):
    """What Juju knows."""

    def __init__(self, folder: Path, jar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(folder, jar, monkeypatch)
        self.path = os.environ["PATH"]
        self.leader = 0
        self.hooks = 0
        self.planned = 0
        self.machines: list[Machine] = []

    def add_unit(self, number: int) -> None:
        unit = self.make_unit(self.folder / str(number), number, self.address(number))
        self.units[number], self.unit_data[number] = unit, {}
        self.unit_secrets[number], self.requests[number] = [], {}
        self.planned = len(self.units)
        self.run(number, lambda on, _: on.start())

    def make_unit(self, folder: Path, number: int, address: str) -> Any:
        """Return a unit with a machine of its own."""
        unit = Unit(folder, Machine(folder / "machine"), number, address)
        unit.jar = self.jar
        source = Path(__file__).parents[3] / "charms" / "zookeeper" / "src"
        shutil.copytree(source, unit.root / "src")
        return unit

    def run(self, number: int, choose: Callable[[Any, testing.State], Any]) -> bool:
        """Run one hook of one unit; tell whether the other units can see a difference."""
        unit = self.units[number]
        self.hooks += 1
        self.monkeypatch.setenv("PATH", f"{unit.machine.bin}{os.pathsep}{self.path}")
        before = (dict(self.app_data), dict(self.unit_data[number]))
        state = self._state(number)
        after = unit.run(choose(unit.context.on, state), state)
        self.states[number] = after
        self._collect(number, after)
        return before != (self.app_data, self.unit_data[number])

    def _state(self, number: int) -> testing.State:
        unit = self.units[number]
        leads = number == self.leader
        others = {n: data for n, data in self.unit_data.items() if n != number and n in self.units}
        relations: list[Any] = [
            testing.PeerRelation(
                "cluster",
                id=1,
                local_app_data=self.app_data,
                local_unit_data=self.unit_data[number],
                peers_data=others,
            )
        ]
        for rid, (asked, told) in self.clients.items():
            relations.append(
                testing.Relation(
                    "zookeeper",
                    id=rid,
                    remote_app_name="kafka",
                    remote_app_data=asked,
                    local_app_data=told if leads else {},
                )
            )
        if self.authority:
            relations.append(self.certificates(number))
        app_secrets = list(self.secrets.values())
        return unit.state(
            *relations,
            leader=leads,
            planned_units=self.planned,
            secrets=[*app_secrets, *self.unit_secrets[number]],
            config=self.config,
        )

    def _collect(self, number: int, state: testing.State) -> None:
        for relation in state.relations:
            if relation.endpoint == "cluster":
                self.unit_data[number] = own(relation.local_unit_data)
                if number == self.leader:
                    self.app_data = dict(relation.local_app_data)
            elif relation.endpoint == "zookeeper" and number == self.leader:
                asked = self.clients[relation.id][0]
                self.clients[relation.id] = (asked, dict(relation.local_app_data))
            elif relation.endpoint == "certificates":
                self.requests[number] = own(relation.local_unit_data)
        mine = [s for s in state.secrets if s.owner == "unit"]
        self.unit_secrets[number] = [next_secret(secret) for secret in mine]
        if number == self.leader:
            self.secrets = {s.id: next_secret(s) for s in state.secrets if s.owner == "app"}

    def settle(self) -> None:
        """Deliver what changed until nobody has anything new to say."""
        waiting = set(self.units)
        while waiting:
            number = min(waiting)
            waiting.discard(number)
            if self.run(number, peers_changed):
                waiting |= set(self.units) - {number}
            waiting = waiting or self.unfinished
            assert self.hooks < 400, f"the units never agree: {self.statuses}"

    @property
    def unfinished(self) -> set[int]:
        """The units whose watcher would call the charm again."""
        return {n for n, unit in self.units.items() if (unit.root / ".unfinished").exists()}

    def remove_relation(self, relation_id: int) -> None:
        """End a relation: every unit sees it break, then it is gone."""
        for number in self.units:
            self.run(number, lambda on, state: on.relation_broken(state.get_relation(relation_id)))
        self.clients.pop(relation_id, None)
        if relation_id == CERTIFICATES:
            self.authority = None
        self.settle()

    def certify(self) -> None:
        """Relate every unit to an authority and carry its signatures."""
        self.authority = self.authority or CA()
        for _ in ("asked", "signed"):
            for number in self.units:
                self.run(number, certificates_changed)
        self.settle()

    def log_in(self, relation_id: int | None = None, number: int = 0) -> Client:
        """Return a client of one server: a relation's user, or nobody."""
        told = self.answer(relation_id) if relation_id else {}
        return Client(self.units[number].address, told)

    def remove_unit(self, number: int) -> None:
        """End one unit as Juju does: its relations, then itself."""
        self.planned = len(self.units) - 1
        for other in self.units:
            if other != number:
                self.run(number, _departed(other, number))
                self.run(other, _departed(number, number))
        self.run(number, lambda on, _: on.stop())
        self.machines.append(self.units.pop(number).machine)
        del self.unit_data[number]
        self.leader = min(self.units, default=0)

    def end(self) -> None:
        for machine in (*self.machines, *(unit.machine for unit in self.units.values())):
            machine.end()


def _departed(remote: int, departing: int) -> Callable[[Any, testing.State], Any]:
    def choose(on: Any, state: testing.State) -> Any:
        relation = state.get_relation(1)
        # As text, since the number 0 counts as left out.
        return on.relation_departed(relation, remote_unit=remote, departing_unit=str(departing))

    return choose
