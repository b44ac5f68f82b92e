"""Resources that `configure` makes: a first project, its network and key, flavors and images."""

import ipaddress
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct
from openstack import exceptions

from kafkastack.microstack.catalog import connect
from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.images.build import Image

PROJECT = USER = "demo"
EXTERNAL_NETWORK, EXTERNAL_SUBNET = "external-network", "external-subnet"
NETWORK, SUBNET, ROUTER, KEYPAIR = "demo-network", "demo-subnet", "demo-router", "microstack"
_RANGE = "192.168.122.0/24"
_RESERVED = (
    99  # addresses that the external network keeps for the host and for what is added to it
)


class Flavor(Struct, frozen=True):
    """A size of instances: processors, MB, GB."""

    vcpus: int
    ram: int
    disk: int


FLAVORS: Mapping[str, Flavor] = {
    "m1.tiny": Flavor(1, 512, 2),
    "m1.small": Flavor(1, 2048, 8),
    "m1.medium": Flavor(2, 4096, 16),
    "m1.large": Flavor(4, 8192, 32),
}
_QUOTA = {"instances": 50, "cores": 100, "ram": 200_000}

Tell = Callable[[str], None]


def configure(cloud: Cloud, public_key: str, tell: Tell) -> None:
    """Make the demo project with all that an instance needs; what is there already is kept."""
    with connect(cloud) as admin:
        tell("project and user demo")
        project = _project(admin, cloud)
        tell("flavors")
        for name, flavor in FLAVORS.items():
            if not admin.compute.find_flavor(name):
                admin.compute.create_flavor(
                    name=name, vcpus=flavor.vcpus, ram=flavor.ram, disk=flavor.disk
                )
        tell("external network")
        external = _external_network(admin, cloud)
        admin.compute.update_quota_set(project, **_QUOTA)
    with connect(cloud, USER, PROJECT) as demo:
        tell("demo network, router and security group")
        _network(demo, external)
        _security_group(demo)
        tell("key pair")
        found = demo.compute.find_keypair(KEYPAIR)
        if found and found.public_key.split()[:2] != public_key.split()[:2]:
            demo.compute.delete_keypair(found)
            found = None
        if not found:
            demo.compute.create_keypair(name=KEYPAIR, public_key=public_key)


def upload(cloud: Cloud, image: Image) -> str:
    """Upload an image unless it is there, and return its id; older ones of its name are hidden."""
    with connect(cloud) as admin:
        digest = image.disk.parent.name
        known = [i for i in admin.image.images(name=image.name) if i.status == "active"]
        for one in known:
            if one.properties.get("kafkastack_digest") == digest:
                return str(one.id)
        extra = dict[str, str]()
        for role, container in (("kernel", "aki"), ("ramdisk", "ari")):
            if path := getattr(image, role):
                made = _upload(admin, f"{image.name}-{role}", path, container, container, {})
                extra[f"{role}_id"] = made.id
        properties = {**image.properties, **extra, "kafkastack_digest": digest}
        container = "ami" if extra else "bare"
        made = _upload(
            admin,
            image.name,
            image.disk,
            image.disk_format,
            container,
            properties,
            min_disk=image.min_disk_gb,
            min_ram=image.min_ram_mb,
        )
        for one in known:
            admin.image.update_image(one, is_hidden=True)
        return str(made.id)


def _upload(
    admin: Any,
    name: str,
    path: Path,
    disk_format: str,
    container: str,
    properties: Mapping[str, str],
    **sizes: int,
) -> Any:
    made = admin.image.create_image(
        name,
        filename=str(path),
        disk_format=disk_format,
        container_format=container,
        visibility="public",
        validate_checksum=False,
        use_import=False,
        wait=True,
        **sizes,
        **properties,
    )
    return admin.image.get_image(made.id)


def _project(admin: Any, cloud: Cloud) -> Any:
    identity = admin.identity
    project = identity.find_project(PROJECT) or identity.create_project(
        name=PROJECT, domain_id="default"
    )
    user = identity.find_user(USER) or identity.create_user(
        name=USER,
        password=cloud.secrets.of("demo"),
        domain_id="default",
        default_project_id=project.id,
    )
    identity.assign_project_role_to_user(project, user, identity.find_role("member"))
    return project


def _external_network(admin: Any, cloud: Cloud) -> Any:
    network = admin.network.find_network(EXTERNAL_NETWORK) or admin.network.create_network(
        name=EXTERNAL_NETWORK,
        provider_network_type="flat",
        provider_physical_network="physnet1",
        is_router_external=True,
        is_shared=True,  # an instance may be on it itself, and is then reached without NAT
    )
    if not admin.network.find_subnet(EXTERNAL_SUBNET):
        addresses = list(ipaddress.ip_network(cloud.settings.external).hosts())
        admin.network.create_subnet(
            name=EXTERNAL_SUBNET,
            network_id=network.id,
            ip_version=4,
            cidr=cloud.settings.external,
            gateway_ip=cloud.settings.gateway,
            is_dhcp_enabled=True,
            allocation_pools=[
                {"start": str(addresses[_RESERVED]), "end": str(addresses[-1])},
            ],
        )
    return network


def _network(demo: Any, external: Any) -> None:
    network = demo.network.find_network(NETWORK) or demo.network.create_network(name=NETWORK)
    subnet = demo.network.find_subnet(SUBNET) or demo.network.create_subnet(
        name=SUBNET, network_id=network.id, ip_version=4, cidr=_RANGE
    )
    router = demo.network.find_router(ROUTER) or demo.network.create_router(
        name=ROUTER, external_gateway_info={"network_id": external.id}
    )
    with suppress(exceptions.BadRequestException):  # it has one there
        demo.network.add_interface_to_router(router, subnet_id=subnet.id)


def _security_group(demo: Any) -> None:
    """Let ping and SSH in."""
    group = demo.network.find_security_group("default")
    for rule in ({"protocol": "icmp"}, {"protocol": "tcp", "port": 22}):
        port = rule.get("port")
        with suppress(exceptions.ConflictException):
            demo.network.create_security_group_rule(
                security_group_id=group.id,
                direction="ingress",
                ethertype="IPv4",
                protocol=rule["protocol"],
                port_range_min=port,
                port_range_max=port,
            )
