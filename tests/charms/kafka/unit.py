"""One unit of the charm in a scenario: a machine, an address of its own and a jar."""

import json
from pathlib import Path
from typing import Any

import yaml
from kafkastack_charms import properties
from kafkastack_charms.testing.machine import Machine
from ops import testing

from tests.charms.kafka import modules
from tests.fakes.addresses import reserve_block

ADDRESS = f"{reserve_block()}.1"
CREDENTIALS = {"admin-password": "a" * 32, "sync-password": "y" * 32, "users-key": "ab" * 32}
ZOOKEEPER_URIS = "127.83.9.9:2181/kafka"
ZOOKEEPER_USER = {"username": "relation-7", "password": "zookeeper-word", "uris": "z:2181/kafka"}


def network(name: str, address: str = ADDRESS) -> testing.Network:
    """Return the addresses of an endpoint, as a model on 127/8 has them."""
    return testing.Network(
        name,
        bind_addresses=[testing.BindAddress([testing.Address(address)])],
        ingress_addresses=[address],
        egress_subnets=["127.0.0.1/32"],
    )


def peers(others: dict[int, dict[str, str]] | None = None, **app: str) -> testing.PeerRelation:
    """Return the peer relation; the credentials are those of a unit's `secrets`."""
    return testing.PeerRelation(
        "cluster",
        id=1,
        local_app_data={"credentials": "secret:abc", **app},
        peers_data=others or {},
    )


class Unit:
    """One unit of the charm: build a state, run an event, look at what came out."""

    zookeeper_uris = ZOOKEEPER_URIS

    def __init__(
        self, folder: Path, machine: Machine, number: int = 0, address: str = ADDRESS, **how: Any
    ) -> None:
        self.machine, self.address, self.number = machine, address, number
        self.cluster: Any = how.pop("cluster", None)
        self.root = folder / "charm"
        self.root.mkdir(parents=True)
        self.jar = folder / "kafka.jar"
        self.jar.write_bytes(b"PK")
        self.storage = testing.Storage("data")
        how["reconciliation"] = type(
            "Reconciliation", (modules.reconcile.BrokerReconciliation,), how.pop("fakes", {})
        )
        app = how.pop("app", "kafka")
        self.context = testing.Context(
            type("KafkaCharm", (modules.charm.KafkaCharm,), how),
            meta=_yaml("metadata.yaml"),
            config=config_on("local"),
            actions=_yaml("actions.yaml"),
            charm_root=self.root,
            app_name=app,
            unit_id=number,
        )

    peers = staticmethod(peers)

    def metadata(self, *, encrypted: bool = False) -> tuple[testing.Relation, ...]:
        """Return the relations with who keeps the metadata."""
        return (zookeeper("secret:zk-encrypted" if encrypted else "secret:zk-tls"),)

    @property
    def secrets(self) -> list[testing.Secret]:
        """The credentials of the app, and what ZooKeeper has told."""
        return [
            testing.Secret(CREDENTIALS, id="secret:abc", owner="app", label="cluster.kafka.app"),
            testing.Secret(ZOOKEEPER_USER, id="secret:zk-user"),
            testing.Secret({"tls": "disabled"}, id="secret:zk-tls"),
            testing.Secret({"tls": "enabled", "tls-ca": PEM}, id="secret:zk-encrypted"),
        ]

    def state(self, *relations: Any, leader: bool = True, **more: Any) -> testing.State:
        """Return a state with everything that Juju gives, and these relations."""
        given: dict[str, Any] = {
            "leader": leader,
            "storages": [self.storage],
            "resources": [testing.Resource(name="kafka", path=self.jar)],
            "networks": {network("cluster", self.address), network("kafka-client", self.address)},
            "relations": relations or (self.peers(), zookeeper()),
            "secrets": self.secrets,
        }
        return testing.State(**{**given, **more})

    @property
    def folder(self) -> Path:
        """Where the storage is."""
        return self.storage.get_filesystem(self.context)

    def read(self, name: str) -> str:
        """Return a file of the storage."""
        return (self.folder / name).read_text()

    @property
    def properties(self) -> dict[str, str]:
        """What the broker was configured with."""
        return properties.parse(self.read("conf/server.properties"))

    def run(self, event: Any, state: testing.State) -> testing.State:
        """Run one hook."""
        return self.context.run(event, state)

    def look(self, state: testing.State) -> testing.State:
        """Run the hook that every change leads to."""
        return self.run(self.context.on.config_changed(), state)


PEM = "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----"  # by its outer form


def zookeeper(tls: str = "secret:zk-tls", **changed: str) -> testing.Relation:
    """Return a relation to ZooKeeper that has been answered."""
    told = {
        "endpoints": f"127.83.9.9:{2182 if tls.endswith('encrypted') else 2181}",
        "database": "/kafka",
        "chroot": "/kafka",
        "secret-user": "secret:zk-user",
        "secret-tls": tls,
        "data": "{}",
    }
    return testing.Relation(
        "zookeeper",
        id=7,
        remote_app_name="zookeeper",
        remote_app_data={k: v for k, v in {**told, **changed}.items() if v},
    )


ASKED = {
    "topic": "test-topic",
    "extra-user-roles": "producer,consumer",
    "requested-secrets": json.dumps(
        ["username", "password", "tls", "tls-ca", "uris", "read-only-uris"]
    ),
    "provided-secrets": json.dumps(["mtls-cert"]),
}


def client(asked: dict[str, str] | None = None, **more: Any) -> testing.Relation:
    """Return a relation with an application that asks for a topic."""
    return testing.Relation(
        "kafka-client",
        **{
            "id": 8,
            "remote_app_name": "data-integrator",
            "remote_app_data": ASKED if asked is None else asked,
            **more,
        },
    )


def config_on(cloud: str) -> dict[str, Any]:
    """Return the options of the charm with the defaults that they have on a cloud."""
    config = _yaml("config.yaml")
    channels = json.loads((modules.CHARM / "channels.json").read_text())
    for name, default in channels["options"].get(cloud, {}).items():
        config["options"][name]["default"] = default
    return config


def _yaml(name: str) -> dict[str, Any]:
    return yaml.safe_load((modules.CHARM / name).read_text())
