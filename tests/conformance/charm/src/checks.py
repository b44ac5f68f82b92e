"""Checks by the charm of each part of its model, and the changes that it can make."""

import datetime
import logging
import os
from typing import Any

import ops

log = logging.getLogger(__name__)


def about(charm: ops.CharmBase, event: ops.EventBase) -> dict[str, Any]:
    """Return what an event says about itself."""
    if isinstance(event, ops.RelationEvent):
        units = sorted(unit.name for unit in event.relation.units)
        said: dict[str, Any] = {
            "relation": event.relation.name,
            "app": event.app.name,
            "unit": event.unit.name if event.unit else "",
            "units": units,
        }
        if isinstance(event, ops.RelationChangedEvent) and event.unit:
            said["data"] = dict(event.relation.data[event.unit])
        if isinstance(event, ops.RelationDepartedEvent):
            said["departing"] = event.departing_unit.name if event.departing_unit else ""
        return said
    if isinstance(event, ops.SecretEvent):
        said = {"label": event.secret.label}
        if isinstance(event, (ops.SecretRemoveEvent, ops.SecretExpiredEvent)):
            said["revision"] = event.revision
        return said
    if isinstance(event, ops.StorageEvent):
        return {"storage": event.storage.full_id, "exists": event.storage.location.is_dir()}
    return {}


def see_config(charm: ops.CharmBase) -> Any:
    return dict(charm.config)


def see_relations(charm: ops.CharmBase) -> Any:
    found: dict[str, Any] = {}
    for name in ("friends", "giver", "taker"):
        for relation in charm.model.relations[name]:
            found[name] = {
                "app": relation.app.name,
                "units": {unit.name: dict(relation.data[unit]) for unit in relation.units},
                "own": dict(relation.data[charm.unit]),
                "theirs": dict(relation.data[relation.app]),
                "active": relation.active,
            }
            if charm.unit.is_leader() or name == "friends":
                found[name]["ours"] = dict(relation.data[charm.app])
    return found


def see_network(charm: ops.CharmBase) -> Any:
    network = charm.model.get_binding("metrics").network
    return {
        "bind": str(network.bind_address),
        "ingress": str(network.ingress_address),
        "egress": [str(subnet) for subnet in network.egress_subnets],
        "interfaces": [str(interface.address) for interface in network.interfaces],
    }


def see_storage(charm: ops.CharmBase) -> Any:
    found = charm.model.storages["data"]
    return {storage.full_id: storage.location.is_dir() for storage in found}


def see_resource(charm: ops.CharmBase) -> Any:
    path = charm.model.resources.fetch("letter")
    return {"name": path.name, "text": path.read_text()}


def see_model(charm: ops.CharmBase) -> Any:
    version = ops.JujuVersion.from_environ()
    return {
        "model": charm.model.name,
        "uuid": len(charm.model.uuid),
        "leader": charm.unit.is_leader(),
        "planned": charm.app.planned_units(),
        "secrets": version.has_secrets,
        "juju": str(version),
        "unit": charm.unit.name,
        "ports": sorted(f"{port.port}/{port.protocol}" for port in charm.unit.opened_ports()),
        "count": charm.stored.count,  # pyright: ignore
        "charm_dir": str(charm.charm_dir),
    }


def see_status(charm: ops.CharmBase) -> Any:
    seen = {"unit": [charm.unit.status.name, charm.unit.status.message]}
    if charm.unit.is_leader():
        seen["app"] = [charm.app.status.name, charm.app.status.message]
    return seen


def see_cloud(charm: ops.CharmBase) -> Any:
    try:
        spec = charm.model.get_cloud_spec()
    except ops.ModelError as error:
        return str(error)
    assert spec.credential
    return {
        "type": spec.type,
        "name": spec.name,
        "region": spec.region,
        "auth-type": spec.credential.auth_type,
        "attributes": spec.credential.attributes,
        "controller": spec.is_controller_cloud,
    }


def see_environment(charm: ops.CharmBase) -> Any:
    return dict(os.environ)


def see_secret(charm: ops.CharmBase) -> Any:
    secret = charm.model.get_secret(label="gift")
    return {"tracked": secret.get_content(), "latest": secret.peek_content()}


def see_secret_info(charm: ops.CharmBase) -> Any:
    info = charm.model.get_secret(label="own").get_info()
    return {
        "revision": info.revision,
        "rotation": info.rotation.value,
        "label": info.label,
        "description": info.description,
        "expires": info.expires.isoformat(),
        "rotates": info.rotates.isoformat(),
    }


def see_missing_secret(charm: ops.CharmBase) -> Any:
    try:
        charm.model.get_secret(label="nothing of that name")
    except ops.SecretNotFoundError:
        return "SecretNotFoundError"
    return "found"


def see_missing_relation(charm: ops.CharmBase) -> Any:
    relation = charm.model.get_relation("taker", 4711)
    return {"units": len(relation.units), "data": dict(relation.data[charm.unit])}


def see_follower_refused(charm: ops.CharmBase) -> Any:
    refused: list[str] = []
    relation = charm.model.relations["giver"][0]
    for attempt in (
        lambda: relation.data[charm.app].update({"a": "b"}),
        lambda: relation.data[charm.app].get("a"),
        lambda: setattr(charm.app, "status", ops.ActiveStatus()),
        lambda: charm.app.status,
    ):
        try:
            attempt()
        except (ops.RelationDataAccessError, RuntimeError, ops.ModelError) as error:
            refused.append(type(error).__name__)
    return refused


SEE = {
    name.removeprefix("see_"): function
    for name, function in list(globals().items())
    if name.startswith("see_")
}


def use_giver_data(charm: ops.CharmBase, value: str) -> Any:
    for relation in charm.model.relations["giver"]:
        relation.data[charm.app]["gift"] = value
        relation.data[charm.unit]["card"] = value
    return dict(charm.model.relations["giver"][0].data[charm.app])


def use_friends_data(charm: ops.CharmBase, value: str) -> Any:
    relation = charm.model.relations["friends"][0]
    relation.data[charm.unit]["mood"] = value
    return dict(relation.data[charm.unit])


def use_friends_app_data(charm: ops.CharmBase, value: str) -> Any:
    relation = charm.model.relations["friends"][0]
    relation.data[charm.app]["plan"] = value
    return dict(relation.data[charm.app])


def use_ports(charm: ops.CharmBase, value: str) -> Any:
    charm.unit.set_ports(*(int(port) for port in value.split(",")))
    return sorted(port.port for port in charm.unit.opened_ports())


def use_storage(charm: ops.CharmBase, value: str) -> Any:
    charm.model.storages.request("data", int(value))
    return [storage.full_id for storage in charm.model.storages["data"]]


def use_new_secret(charm: ops.CharmBase, value: str) -> Any:
    secret = charm.app.add_secret({"password": value}, label="gift")
    relation = charm.model.relations["giver"][0]
    secret.grant(relation)
    relation.data[charm.app]["secret"] = secret.id or ""
    return secret.id


def use_set_secret(charm: ops.CharmBase, value: str) -> Any:
    secret = charm.model.get_secret(label="gift")
    secret.set_content({"password": value})
    return secret.peek_content()


def use_read_secret(charm: ops.CharmBase, value: str) -> Any:
    identity = charm.model.relations["taker"][0].data[charm.model.relations["taker"][0].app]
    return charm.model.get_secret(id=identity["secret"], label="gift").get_content()


def use_refresh_secret(charm: ops.CharmBase, value: str) -> Any:
    return charm.model.get_secret(label="gift").get_content(refresh=True)


def use_revoke_secret(charm: ops.CharmBase, value: str) -> Any:
    charm.model.get_secret(label="gift").revoke(charm.model.relations["giver"][0])
    return None


def use_remove_revision(charm: ops.CharmBase, value: str) -> Any:
    charm.model.get_secret(label="gift").remove_revision(int(value))
    return None


def use_remove_secret(charm: ops.CharmBase, value: str) -> Any:
    charm.model.get_secret(label="gift").remove_all_revisions()
    return None


def use_timed_secret(charm: ops.CharmBase, value: str) -> Any:
    secret = charm.unit.add_secret(
        {"password": value},
        label="own",
        description="of this unit",
        expire=datetime.timedelta(days=400),
        rotate=ops.SecretRotate.DAILY,
    )
    secret.set_info(rotate=ops.SecretRotate.HOURLY)
    return secret.id


def use_log(charm: ops.CharmBase, value: str) -> Any:
    for level in ("debug", "info", "warning", "error"):
        getattr(log, level)("%s at %s", value, level)
    log.info("long %s end", "x" * 200_000)
    return None


def use_version(charm: ops.CharmBase, value: str) -> Any:
    charm.unit.set_workload_version(value)
    return None


def use_reboot(charm: ops.CharmBase, value: str) -> Any:
    charm.unit.reboot()
    return None


USE = {
    name.removeprefix("use_"): function
    for name, function in list(globals().items())
    if name.startswith("use_")
}
