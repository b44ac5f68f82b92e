"""One unit of the charm in a scenario: brokers and controllers that remember what is asked."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from kafkastack_charms import properties
from kafkastack_charms.internal_ca import make_ca
from kafkastack_charms.kafka.controllers import Cluster as Known
from kafkastack_charms.kafka.controllers import Quorum as Voters
from kafkastack_charms.kafka.controllers import Replica
from kafkastack_charms.kafka.protocol import Node, ServerError
from kafkastack_charms.testing.machine import Machine
from ops import testing

from tests.charms.kafka.cluster import Cluster
from tests.charms.kafka.unit import network, peers
from tests.charms.kafka_4 import modules

ADDRESS = "127.83.44.1"
CA, CA_KEY = make_ca("the tests")
CREDENTIALS = {
    "operator-password": "o" * 32,
    "replication-password": "r" * 32,
    "controller-password": "c" * 32,
    "users-key": "ab" * 32,
    "internal-ca": CA,
    "internal-ca-key": CA_KEY,
}


class Quorum:
    """Controllers that remember who votes."""

    def __init__(self) -> None:
        self.leader, self.leads_at = 100, ADDRESS
        self.answers = True
        self.voters: dict[int, str] = {}
        self.observers: set[int] = set()
        self.dead: set[int] = set()  # who does not ask any more
        self.unregistered: list[int] = []
        self.defaults: dict[str, str] = {}

    def describe(self) -> Known:
        if not self.answers:
            raise ServerError("it hangs up")
        return Known("cluster", self.leader, (Node(self.leader, self.leads_at, 9098),))

    def describe_quorum(self) -> Voters:
        now, long_ago = 100_000, 10_000

        def see(number: int, directory: str) -> Replica:
            seen = long_ago if number in self.dead else now
            return Replica(number, directory, 0, seen, seen)

        voters = tuple(see(*one) for one in self.voters.items())
        return Voters(self.leader, voters, tuple(see(one, "") for one in self.observers))

    def add_voter(self, number: int, directory: str, listeners: Any) -> None:
        self.voters.setdefault(number, directory)  # who votes already is no error

    def remove_voter(self, number: int, directory: str) -> None:
        if self.voters.get(number) == directory:
            del self.voters[number]

    def set_defaults(self, values: dict[str, str]) -> None:
        self.defaults.update(values)

    def unregister(self, number: int) -> None:
        self.unregistered.append(number)


class Ahead:
    """What formats in the background: it has ended when it is asked."""

    runner: Any = None

    def __init__(self, unit: "Unit") -> None:
        self._unit = unit
        self.begun: list[Any] = []

    def begin(self, how: Any, _key: str, _settings: Any) -> None:
        self.begun.append(how)

    def use(self, how: Any, _key: str, _settings: Any) -> bool:
        if is_made := self.begun[-1:] == [how]:
            self._unit.format(how, self.runner)
        return is_made

    def forget(self) -> None:
        self.begun.clear()


class Unit:
    """One unit of the charm: build a state, run an event, look at what came out."""

    address, zookeeper_uris = ADDRESS, ""

    def __init__(
        self,
        folder: Path,
        machine: Machine,
        cluster: Cluster,
        quorum: Quorum,
        monkeypatch: pytest.MonkeyPatch,
        number: int = 0,
    ) -> None:
        self.machine, self.cluster, self.quorum, self.number = machine, cluster, quorum, number
        self.root = folder / "charm"
        self.root.mkdir(parents=True)
        self.jar = folder / "kafka.jar"
        self.jar.write_bytes(b"PK")
        self.storage = testing.Storage("data")
        self.formatted: list[Any] = []
        self.ahead = Ahead(self)
        self.answers: object = True  # what the watched server says
        self.leads: object = True  # what its controller says
        self.asked_again = 0  # so often
        self.hanging: set[str] = set()  # addresses of controllers
        reconcile = modules.reconcile
        monkeypatch.setattr(modules.quorum, "connect", self._connect)
        monkeypatch.setattr("kafkastack_charms.reconciler.answers", lambda *_: self.answers)
        monkeypatch.setattr(reconcile, "answers", self._ask_again)
        means = {
            **{key: cluster.fakes[key] for key in ("load_client", "open_session", "acknowledges")},
            "converse": staticmethod(lambda *_: quorum),
            "format_storage": staticmethod(self.format),
            "ahead_of": staticmethod(self._ahead_of),
        }
        own = type("Reconciliation", (reconcile.KraftReconciliation,), means)
        how = {
            "reconciliation": own,
            "start_patience": 0.0,
            "wait": staticmethod(cluster.wait),
        }
        self.context = testing.Context(
            type("KafkaCharm", (modules.charm.KafkaCharm,), how),
            meta=_yaml("metadata.yaml"),
            config=_yaml("config.yaml"),
            actions=_yaml("actions.yaml"),
            charm_root=self.root,
            app_name="kafka",
            unit_id=number,
        )

    @contextmanager
    def _connect(self, place: Any, _timeout: float = 0) -> Iterator[None]:
        if place.address in self.hanging:
            raise TimeoutError("it accepts and says nothing")
        yield None

    def _ahead_of(self, runner: Any, _data: Any) -> Ahead:
        self.ahead.runner = runner
        return self.ahead

    def format(self, how: Any, runner: Any) -> None:
        self.formatted.append(how)
        times = "" if len(self.formatted) == 1 else f"-{len(self.formatted)}"
        told = {"cluster.id": how.cluster_id, "directory.id": f"directory-{self.number}{times}"}
        for folder in (self.folder / "data",):
            (folder / "meta.properties").write_text(properties.write(told))

    @property
    def folder(self) -> Path:
        """Where the storage is."""
        return self.storage.get_filesystem(self.context)

    def empty(self) -> None:
        """Have the disk be another one."""
        shutil.rmtree(self.folder)

    @property
    def properties(self) -> dict[str, str]:
        """What the server was configured with."""
        return properties.parse((self.folder / "conf" / "server.properties").read_text())

    peers = staticmethod(peers)

    def metadata(self, *, encrypted: bool = False) -> tuple[testing.Relation, ...]:
        """Return the relations with who keeps the metadata: none, as it keeps its own."""
        return ()

    @property
    def secrets(self) -> list[testing.Secret]:
        """The credentials of the app."""
        return [
            testing.Secret(CREDENTIALS, id="secret:abc", owner="app", label="cluster.kafka.app")
        ]

    @property
    def as_controller(self) -> dict[str, Any]:
        """What `state` takes for a controller alone that brokers have let in."""
        return {"roles": "controller", "secrets": [*self.secrets, OF_BROKERS]}

    @property
    def as_broker(self) -> dict[str, Any]:
        """What `state` takes for a broker alone that controllers have let in."""
        return {"roles": "broker", "secrets": [*self.secrets, OF_CONTROLLERS]}

    def state(self, *relations: Any, roles: str = "broker,controller", **more: Any) -> Any:
        """Return a state with everything that Juju gives, and these relations."""
        config = {"roles": roles, "profile": "testing", **more.pop("config", {})}
        given: dict[str, Any] = {
            "leader": True,
            "storages": [self.storage],
            "resources": [testing.Resource(name="kafka", path=self.jar)],
            "networks": {network("cluster", ADDRESS), network("kafka-client", ADDRESS)},
            "relations": relations or (self.peers(),),
            "secrets": self.secrets,
            "config": config,
        }
        return testing.State(**{**given, **more})

    def run(self, event: Any, state: testing.State) -> testing.State:
        """Run one hook."""
        return self.context.run(event, state)

    def _ask_again(self, *_: object) -> object:
        self.asked_again += 1
        return self.leads

    def look(self, state: testing.State) -> testing.State:
        """Run the hook that every change leads to."""
        return self.run(self.context.on.config_changed(), state)

    def status(self, state: testing.State) -> str:
        """Return the status after that hook, its name first."""
        found = self.look(state).unit_status
        return f"{found.name} {found.message}".strip()


def other(address: str, **more: str) -> dict[str, str]:
    """Return what another unit says."""
    return {"address": address, "client": address, "started": "true", "serves": "true", **more}


def controllers(number: int = 5, **changed: str) -> testing.Relation:
    """Return a relation of brokers with controllers that have answered."""
    told = {
        "roles": "controller",
        "bootstrap-controller": "127.83.44.9:9098",
        "bootstrap-unit-id": "0",
        "controllers": "127.83.44.9:9098",
        "quorum": "directory-of-theirs",
        "controller-ca": json.dumps([CA]),
        "secret-controller": "secret:ctl",
    }
    bag = {key: value for key, value in {**told, **changed}.items() if value}
    return testing.Relation("peer-cluster-orchestrator", id=number, remote_app_data=bag)


def brokers(number: int = 5, **changed: str) -> testing.Relation:
    """Return a relation of controllers with brokers that have answered."""
    told = {
        "roles": "broker",
        "cluster-uuid": "AAAAAAAAQACAAAAAAAAAAA",
        "brokers": "3",
        "broker-ca": json.dumps([CA]),
        "secret-broker": "secret:brk",
    }
    bag = {key: value for key, value in {**told, **changed}.items() if value}
    return testing.Relation("peer-cluster", id=number, remote_app_data=bag)


OF_CONTROLLERS = testing.Secret({"controller-password": "c" * 32}, id="secret:ctl")
OF_BROKERS = testing.Secret(
    {"broker-username": "replication", "broker-password": "r" * 32}, id="secret:brk"
)


def _yaml(name: str) -> dict[str, Any]:
    return yaml.safe_load((modules.CHARM / name).read_text())
