"""Client of an OpenStack: openstacksdk's answers as records of ours."""

import contextlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kafkastack.artifacts.certificates import trust_system
from kafkastack.clouds.openstack.entries import Entry
from kafkastack.clouds.openstack.resources import (
    Flavor,
    Group,
    Image,
    Network,
    Order,
    Rule,
    Server,
)

_SECONDS = 60  # for one answer
_PARTS = ("aki", "ari")  # container formats of a kernel and a ramdisk


class Sdk:
    """The API of one entry of clouds.yaml; every call blocks."""

    def __init__(self, entry: Entry) -> None:
        from openstack.config import OpenStackConfig
        from openstack.connection import Connection

        trust_system()
        logging.getLogger("keystoneauth").setLevel(logging.ERROR)  # what fails is told by us
        # Only that file and entry: the environment of whoever has started us decides nothing.
        found = OpenStackConfig(
            config_files=[entry.file], load_envvars=False, app_name="kafkastack"
        )
        region: Any = found.get_one(cloud=entry.name, api_timeout=_SECONDS)
        self._cloud: Any = Connection(config=region)

    def flavors(self) -> Sequence[Flavor]:
        """Return the sizes."""
        return [
            Flavor(found.id, found.name, found.vcpus, found.ram, found.disk or 0)
            for found in self._cloud.compute.flavors()
        ]

    def images(self) -> Sequence[Image]:
        """Return the images that can be booted now."""
        return [_image(found) for found in self._cloud.image.images(status="active")]

    def servers(self) -> Sequence[Server]:
        """Return all instances of the project."""
        return [_server(found) for found in self._cloud.compute.servers(details=True)]

    def make_server(self, order: Order) -> str:
        """Ask for an instance; returns its id."""
        import base64

        zone = {"availability_zone": order.zone} if order.zone else {}
        made = self._cloud.compute.create_server(
            name=order.name,
            flavor_id=order.flavor,
            image_id=order.image,
            networks=[{"uuid": order.network}],
            security_groups=[{"name": group} for group in order.groups],
            metadata=dict(order.tags),
            user_data=base64.b64encode(order.user_data.encode()).decode(),
            **zone,
        )
        return str(made.id)

    def delete_server(self, server: str) -> None:
        """Ask for the end of an instance; fine if it is gone."""
        self._cloud.compute.delete_server(server, ignore_missing=True)

    def act(self, server: str, action: str) -> None:
        """Ask an instance to "start" or to "reboot"."""
        if action == "start":
            self._cloud.compute.start_server(server)
        else:
            self._cloud.compute.reboot_server(server, "HARD")

    def networks(self) -> Sequence[Network]:
        """Return the networks that instances may be on, or take floating IPs from."""
        with_dhcp = {
            found.network_id for found in self._cloud.network.subnets() if found.is_dhcp_enabled
        }
        return [
            Network(
                found.id,
                found.name,
                bool(found.is_router_external),
                bool(found.is_shared),
                found.id in with_dhcp,
            )
            for found in self._cloud.network.networks()
        ]

    def groups(self, prefix: str) -> Sequence[Group]:
        """Return the security groups whose names begin so."""
        project = self._cloud.current_project_id
        return [
            _group(found)
            for found in self._cloud.network.security_groups(project_id=project)
            if str(found.name).startswith(prefix)
        ]

    def make_group(self, name: str, description: str) -> Group:
        """Make a security group, which lets nothing in."""
        return _group(
            self._cloud.network.create_security_group(name=name, description=description)
        )

    def change_group(self, group: str, add: Sequence[Rule], remove: Sequence[str]) -> None:
        """Add rules, and remove some by their ids."""
        from openstack.exceptions import ConflictException

        for rule in add:
            with contextlib.suppress(ConflictException):  # it is there already
                self._cloud.network.create_security_group_rule(
                    security_group_id=group, **_rule_words(rule)
                )
        for number in remove:
            self._cloud.network.delete_security_group_rule(number, ignore_missing=True)

    def delete_group(self, group: str) -> bool:
        """Delete a security group; False while something uses it."""
        from openstack.exceptions import ConflictException

        try:
            self._cloud.network.delete_security_group(group, ignore_missing=True)
        except ConflictException:
            return False
        return True

    def change_address(self, server: str, network: str) -> str:
        """Give an instance a floating IP of a network; with "" take away all that it has."""
        ports = [port.id for port in self._cloud.network.ports(device_id=server)]
        held = [ip for port in ports for ip in self._cloud.network.ips(port_id=port)]
        if not network:
            for ip in held:
                self._cloud.network.delete_ip(ip, ignore_missing=True)
            return ""
        if not held:
            made = self._cloud.network.create_ip(floating_network_id=network, port_id=ports[0])
            held = [made]
        return str(held[0].floating_ip_address)

    def release_address(self, address: str) -> None:
        """Give back a floating IP whose instance is gone; fine if it is, or is another's."""
        for ip in self._cloud.network.ips(floating_ip_address=address):
            if not ip.port_id:
                self._cloud.network.delete_ip(ip, ignore_missing=True)


def _image(found: Any) -> Image:
    properties: Mapping[str, Any] = found.properties or {}
    return Image(
        found.id,
        found.name or "",
        found.created_at or "",
        str(found.os_distro or properties.get("os_distro") or ""),
        str(found.os_version or properties.get("os_version") or ""),
        str(found.architecture or ""),
        int(found.min_disk or 0),
        int(found.min_ram or 0),
        found.container_format not in _PARTS,
    )


def _server(found: Any) -> Server:
    fault: Mapping[str, Any] = found.fault or {}
    return Server(
        found.id,
        found.name,
        found.status,
        _address(found.addresses, "fixed"),
        _address(found.addresses, "floating"),
        found.availability_zone or "",
        str(fault.get("message", "")),
        found.task_state or "",
        dict(found.metadata or {}),
    )


def _address(addresses: Mapping[str, Iterable[Mapping[str, Any]]] | None, kind: str) -> str:
    """Return the first address of a kind, IPv4 before IPv6."""
    held = [
        entry
        for network in (addresses or {}).values()
        for entry in network
        if entry.get("OS-EXT-IPS:type", "fixed") == kind
    ]
    held.sort(key=lambda entry: entry.get("version", 4))
    return str(held[0]["addr"]) if held else ""


def _group(found: Any) -> Group:
    rules: Iterable[Mapping[str, Any]] = found.security_group_rules or ()
    return Group(
        found.id,
        found.name,
        {str(rule["id"]): _rule(rule) for rule in rules if rule["direction"] == "ingress"},
    )


def _rule(found: Mapping[str, Any]) -> Rule:
    return Rule(
        found.get("protocol") or "",
        int(found.get("port_range_min") or 0),
        int(found.get("port_range_max") or 0),
        found.get("remote_ip_prefix") or "",
        found.get("remote_group_id") or "",
        found.get("ethertype") or "IPv4",
    )


def _rule_words(rule: Rule) -> dict[str, Any]:
    words = {
        "direction": "ingress",
        "ethertype": rule.family,
        "protocol": rule.protocol,
        "port_range_min": rule.first,
        "port_range_max": rule.last,
        "remote_ip_prefix": rule.cidr,
        "remote_group_id": rule.group,
    }
    return {key: value for key, value in words.items() if value}
