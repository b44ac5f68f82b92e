"""Names of instances and groups, and the user data of an instance's first boot."""

import json
from typing import Any

from kafkastack.clouds.openstack.resources import Rule
from kafkastack.clouds.protocol import MachineSpec

CONTROLLER, MODEL, MACHINE = "juju-controller-uuid", "juju-model-uuid", "juju-machine-id"
_ANYWHERE = (("IPv4", "0.0.0.0/0"), ("IPv6", "::/0"))


def server_name(spec: MachineSpec) -> str:
    """Return the name of an instance, as Juju has it."""
    return f"juju-{spec.model_uuid[-6:]}-{spec.machine_id.replace('/', '-')}"


def server_tags(controller: str, spec: MachineSpec) -> dict[str, str]:
    """Return the metadata by which an instance is found again."""
    return {CONTROLLER: controller, MODEL: spec.model_uuid, MACHINE: spec.machine_id}


def group_prefix(controller: str) -> str:
    """Return how the names of all groups of a controller begin."""
    return f"juju-{controller}"


def model_group(controller: str, model: str) -> str:
    """Return the name of the group of a model."""
    return f"{group_prefix(controller)}-{model}"


def machine_group(controller: str, spec: MachineSpec) -> str:
    """Return the name of the group of a machine."""
    return f"{model_group(controller, spec.model_uuid)}-{spec.machine_id.replace('/', '-')}"


def model_rules(group: str) -> frozenset[Rule]:
    """Return what the group of a model lets in: its members; SSH and ping from anywhere."""
    own = {Rule(group=group, family=family) for family, _ in _ANYWHERE}
    ssh = {Rule("tcp", 22, 22, cidr, family=family) for family, cidr in _ANYWHERE}
    return frozenset({*own, *ssh, Rule("icmp", cidr="0.0.0.0/0")})


def opened_rules(ports: frozenset[tuple[str, str]]) -> frozenset[Rule]:
    """Return what the group of a machine lets in: ("9092/tcp", CIDR) of what is exposed."""
    return frozenset(_opened(port, cidr) for port, cidr in ports)


def _opened(port: str, cidr: str) -> Rule:
    numbers, _, protocol = port.partition("/")
    family = "IPv6" if ":" in cidr else "IPv4"
    if numbers == "icmp":
        return Rule("icmp", cidr=cidr, family=family)
    first, _, last = numbers.partition("-")
    return Rule(protocol, int(first), int(last or first), cidr, family=family)


def user_data(name: str, key: str) -> str:
    """Return what cloud-init does: the name, and root's key; nothing is installed."""
    wanted: dict[str, Any] = {
        "hostname": name,
        "fqdn": f"{name}.novalocal",
        "manage_etc_hosts": True,
        "disable_root": False,
        "ssh_authorized_keys": [key],
        "package_update": False,
        "package_upgrade": False,
    }
    return f"#cloud-config\n{json.dumps(wanted, indent=1)}\n"
