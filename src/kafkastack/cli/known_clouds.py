"""Known clouds: built in, announced by packages, and the ones a person has added."""

from typing import Any

from kafkastack.cli import client_store
from kafkastack.cli.cloud_store import CLIENT, CLOUDS, Document, Place
from kafkastack.cli.public_clouds import PUBLIC, public_clouds
from kafkastack.cli.session import read_text
from kafkastack.errors import ConflictError, NotFoundError, UsageError
from kafkastack.model.yaml_file import read_yaml

# Juju's types of clouds → how one authenticates there.
AUTH_TYPES: dict[str, list[str]] = {
    "azure": ["interactive", "service-principal-secret", "managed-identity"],
    "ec2": ["access-key", "instance-role"],
    "equinix": ["access-key"],
    "gce": ["oauth2", "jsonfile", "service-account"],
    "lxd": ["certificate", "interactive"],
    "maas": ["oauth1"],
    "manual": ["empty"],
    "oci": ["httpsig"],
    "openstack": ["userpass", "access-key"],
    "vsphere": ["userpass"],
}
_DESCRIPTIONS = {
    "local": "Machines of this host, without root or a hypervisor",
    "openstack": "Instances of an OpenStack of clouds.yaml",
}


def personal(definition: Document) -> Document:
    """Return a cloud as a person has defined it, with what every cloud has."""
    regions: Document = definition.get("regions") or {"default": {}}
    return {
        "defined": "local",
        "type": definition["type"],
        "description": definition.get("description", ""),
        "auth-types": definition.get("auth-types") or AUTH_TYPES.get(definition["type"], []),
        **{key: definition[key] for key in ("endpoint", "config") if key in definition},
        "regions": {region: entry or {} for region, entry in regions.items()},
    }


def known_clouds(place: Place = CLIENT) -> dict[str, Document]:
    """Return the clouds of the client, or of a controller, by name."""
    added = {name: personal(entry) for name, entry in place.read(CLOUDS).items()}
    if place.controller:
        return {**_own_cloud(place.controller), **added}
    return {**public_clouds(AUTH_TYPES), **_brought(), **added}


def _own_cloud(controller: str) -> dict[str, Document]:
    entry = client_store.read().controllers[controller]
    return {entry["cloud"]: built_in(entry["cloud"], entry.get("region", ""))}


def _brought() -> dict[str, Document]:
    from kafkastack.clouds import cloud_names

    return {name: built_in(name) for name in cloud_names()}


def built_in(name: str, region: str = "") -> Document:
    """Return a cloud that the program brings, or a package beside it."""
    from kafkastack import clouds

    stands_for, why = clouds.ALIASES[name]() if name in clouds.ALIASES else (name, "")
    kind = clouds.find_type(stands_for)
    is_ours = kind in clouds.CLOUDS
    return {
        "defined": "built-in" if is_ours else "package",
        "type": kind,
        "description": why or _DESCRIPTIONS.get(kind, ""),
        "auth-types": ["empty"],
        "regions": {region or clouds.region_of(name): {}},
    }


def get_cloud(name: str, place: Place = CLIENT) -> Document:
    """Return one cloud; NotFoundError with the ones there are."""
    clouds = known_clouds(place)
    if name not in clouds:
        raise NotFoundError(f"cloud {name} not found", f"there are: {', '.join(sorted(clouds))}")
    return clouds[name]


def read_definition(name: str, path: str) -> dict[str, Any]:
    """Return the definition of a cloud from a file; refused if it is none that we can keep."""
    definition = read_yaml(read_text(path), path).get("clouds").get(name)
    if definition.value is None:
        raise NotFoundError(
            f'cloud "{name}" not found in file "{path}"',
            "the file holds: clouds: {NAME: {type: …, auth-types: […], regions: {…}}}",
        )
    entries = {key: node.value for key, node in definition.map().items()}
    known = sorted({*AUTH_TYPES, *(entry["type"] for entry in known_clouds().values())})
    if entries.get("type") not in known:
        raise UsageError(
            f'cloud type "{entries.get("type", "")}" not supported',
            f"there are: {', '.join(known)}",
        )
    return entries


def refuse_built_in(name: str) -> None:
    """Refuse the name of a cloud that the program brings."""
    if name in {**_brought(), **PUBLIC}:
        raise ConflictError(f'"{name}" is the name of a built-in cloud', "give another name")
