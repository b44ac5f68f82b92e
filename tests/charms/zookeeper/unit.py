"""One unit of the charm in a scenario: a machine, an address of its own and a jar."""

from pathlib import Path
from typing import Any

import yaml
from kafkastack_charms.testing.machine import Machine
from ops import testing

from tests.charms.zookeeper import modules
from tests.fakes.addresses import reserve_block

BLOCK = reserve_block()
ADDRESS, OTHER = (f"{BLOCK}.{number}" for number in (1, 2))
CREDENTIALS = {"super-password": "s" * 32, "sync-password": "y" * 32, "users-key": "ab" * 32}


def network(name: str, address: str = ADDRESS) -> testing.Network:
    return testing.Network(
        name,
        bind_addresses=[testing.BindAddress([testing.Address(address)])],
        ingress_addresses=[address],
        egress_subnets=["127.0.0.1/32"],
    )


class Unit:
    """One unit of the charm: build a state, run an event, look at what came out."""

    def __init__(
        self, folder: Path, machine: Machine, number: int = 0, address: str = ADDRESS, **how: Any
    ) -> None:
        self.machine, self.address = machine, address
        self.ensemble: Any = how.get("open_ensemble")
        self.root = folder / "charm"
        self.root.mkdir(parents=True)
        self.jar = folder / "zookeeper.jar"
        self.jar.write_bytes(b"PK")
        self.storage = testing.Storage("data")
        fakes = {"open_ensemble": how.pop("open_ensemble")} if "open_ensemble" in how else {}
        how["reconciliation"] = type(
            "Reconciliation", (modules.reconcile.ZooKeeperReconciliation,), fakes
        )
        self.context = testing.Context(
            type("ZooKeeperCharm", (modules.charm.ZooKeeperCharm,), how),
            meta=_yaml("metadata.yaml"),
            config=_yaml("config.yaml"),
            actions=_yaml("actions.yaml"),
            charm_root=self.root,
            app_name="zookeeper",
            unit_id=number,
        )

    @property
    def peers(self) -> testing.PeerRelation:
        return testing.PeerRelation("cluster", id=1)

    def secret(self, **content: str) -> testing.Secret:
        return testing.Secret(
            {**CREDENTIALS, **content}, id="secret:abc", owner="app", label="cluster.zookeeper.app"
        )

    def state(self, *relations: Any, leader: bool = True, **more: Any) -> testing.State:
        given: dict[str, Any] = {
            "leader": leader,
            "storages": [self.storage],
            "resources": [testing.Resource(name="zookeeper", path=self.jar)],
            "networks": {network("cluster", self.address), network("zookeeper", self.address)},
            "relations": relations or (self.peers,),
        }
        return testing.State(**{**given, **more})

    @property
    def folder(self) -> Path:
        return self.storage.get_filesystem(self.context)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    def confirm(self, members: dict[int, str]) -> None:
        """Write the membership where a server keeps it."""
        dynamic = self.folder / "conf" / "zoo.cfg.dynamic.100000000"
        dynamic.write_text(modules.quorum.format_members(members))
        static = self.folder / "conf" / "zoo.cfg"
        lines = [x for x in static.read_text().splitlines() if "dynamicConfigFile" not in x]
        static.write_text("\n".join([*reversed(lines), f"dynamicConfigFile={dynamic}"]))

    def run(self, event: Any, state: testing.State) -> testing.State:
        return self.context.run(event, state)


def _yaml(name: str) -> dict[str, Any]:
    return yaml.safe_load((modules.CHARM / name).read_text())
