"""Relation peer_cluster: brokers of one application, their controllers of another one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

import ops
import users
from kafkastack_charms import databag, provider, trust
from kafkastack_charms import told as application
from kafkastack_charms.credentials import is_password
from kafkastack_charms.peers import flag
from options import BROKER, CONTROLLER
from state import Controllers

# The application of the brokers provides the first endpoint, that of controllers needs it.
ORCHESTRATOR, PEER = "peer-cluster-orchestrator", "peer-cluster"
_ASKED = ("broker-username", "broker-password", "controller-password")


class Brokers(NamedTuple):
    """What the controllers of another application are told by brokers."""

    roles: str = ""
    cluster_uuid: str = ""
    secret_broker: str = ""
    broker_ca: tuple[databag.Text, ...] = ()
    brokers: int = 1  # that there will be
    is_down: bool = False  # one of them does not serve
    broker_username: str = ""
    broker_password: str = ""

    @property
    def ca(self) -> str:
        """The CAs of the brokers."""
        return trust.join(*self.broker_ca)

    @property
    def first_users(self) -> dict[str, str]:
        """The users without whom no broker can start."""
        return dict.fromkeys((self.broker_username, users.SPARE), self.broker_password)

    @property
    def fault(self) -> str:
        """Which part of it cannot be used, or ""."""
        checks = {
            "cluster-uuid": self.cluster_uuid.replace("-", "").replace("_", "").isalnum(),
            "broker-username": self.broker_username in (users.BROKER, users.SPARE),
            "broker-password": is_password(self.broker_password),
            "broker-ca": all(map(databag.is_certificate, self.broker_ca)),
        }
        return application.find_fault(checks)


class Told(NamedTuple):
    """What brokers are told by the controllers of another application."""

    roles: str = ""
    bootstrap_controller: str = ""
    controllers: str = ""  # all of them; Charmed Kafka tells the first one only
    secret_controller: str = ""
    controller_ca: tuple[databag.Text, ...] = ()
    turn: str = ""  # of one of them to restart
    quorum: str = ""  # which metadata they keep
    controller_password: str = ""

    @property
    def known(self) -> Controllers:
        """How these controllers are reached."""
        servers = (self.controllers or self.bootstrap_controller).split(",")
        ca = trust.join(*self.controller_ca)
        found = tuple(sorted(filter(None, servers)))
        rolling, password = bool(self.turn), self.controller_password
        return Controllers(found, password, ca, rolling, self.quorum)

    @property
    def fault(self) -> str:
        """Which part of it cannot be used, or ""."""
        checks = {
            "bootstrap-controller": all(map(application.is_endpoint, self.known.servers)),
            "controller-password": is_password(self.controller_password),
            "controller-ca": all(map(databag.is_certificate, self.controller_ca)),
        }
        return application.find_fault(checks)


def read_brokers(model: ops.Model, relation: ops.Relation) -> Brokers | databag.Refusal | None:
    """Return what brokers have told or why it cannot be used, None while anything is missing."""
    told = application.read(model, relation, Brokers, ("broker",))
    if not isinstance(told, Brokers) or BROKER not in told.roles:
        return told if isinstance(told, databag.Refusal) else None
    if not told.cluster_uuid or not told.broker_password or not told.broker_ca:
        return None
    return databag.Refusal(told.fault) if told.fault else told


def read_controllers(
    model: ops.Model, relation: ops.Relation
) -> Controllers | databag.Refusal | None:
    """Return how controllers are reached or why not, None while anything is missing."""
    told = application.read(model, relation, Told, ("controller",))
    if not isinstance(told, Told) or CONTROLLER not in told.roles:
        return told if isinstance(told, databag.Refusal) else None
    if not told.known.servers or not told.controller_password or not told.controller_ca:
        return None
    return databag.Refusal(told.fault) if told.fault else told.known


def has_roles(relation: ops.Relation) -> bool:
    """Report whether the other side has said what it is: nothing is told to it before."""
    return bool(relation.data[relation.app].get("roles"))


def introduce(relation: ops.Relation, app: ops.Application) -> None:
    """Say as controllers who we are and what we need."""
    asked = json.dumps(_ASKED)
    relation.data[app].update({"roles": CONTROLLER, "requested-secrets": asked})


class FromBrokers(NamedTuple):
    """What brokers tell their controllers."""

    cluster_uuid: str
    brokers: int
    is_down: bool
    username: str
    password: str
    ca: str


def tell_controllers(model: ops.Model, relation: ops.Relation, told: FromBrokers) -> None:
    """Write as brokers what controllers need."""
    content = {"broker-username": told.username, "broker-password": told.password}
    plain = {
        "roles": BROKER,
        "cluster-uuid": told.cluster_uuid,
        "super-users": ";".join(f"User:{name}" for name in users.SUPER_USERS),
        "requested-secrets": json.dumps(["controller-password"]),
        "broker-ca": json.dumps([told.ca]),
        "brokers": str(told.brokers),
        "is-down": flag(told.is_down),
    }
    _tell(model, relation, plain, "broker", content)


class FromControllers(NamedTuple):
    """What controllers tell their brokers."""

    servers: tuple[str, ...]
    bootstrap_server: str
    bootstrap_unit: int
    directory: str
    turn: str
    quorum: str
    password: str
    ca: str


def tell_brokers(model: ops.Model, relation: ops.Relation, told: FromControllers) -> None:
    """Write as controllers what brokers need."""
    plain = {
        "bootstrap-controller": told.bootstrap_server,
        "bootstrap-unit-id": str(told.bootstrap_unit),
        "bootstrap-replica-id": told.directory,
        "controllers": ",".join(told.servers),
        "controller-ca": json.dumps([told.ca]),
        "turn": told.turn,
        "quorum": told.quorum,
    }
    _tell(model, relation, plain, "controller", {"controller-password": told.password})


def _tell(
    model: ops.Model,
    relation: ops.Relation,
    plain: Mapping[str, str],
    group: str,
    content: Mapping[str, str],
) -> None:
    bag = relation.data[model.app]
    key = f"secret-{group}"
    uri = provider.keep_secret(model, relation, group, content, bag.get(key, ""))
    bag.update({**plain, key: uri})


def forget(model: ops.Model, relation: ops.Relation) -> None:
    """Remove the secret of a relation that has ended; it is the leader's to remove."""
    if model.unit.is_leader():
        for key in ("secret-broker", "secret-controller"):
            if uri := relation.data[model.app].get(key, ""):
                provider.remove_secret(model, id=uri)
