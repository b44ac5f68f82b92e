"""Proof of the network before a person uses it: a test port becomes active."""

from typing import Any

from kafkastack.microstack.cloud import Cloud

_NAME = "microstack-proof"
_SECONDS = 60.0
_DEVICE = "proof0"


def prove_a_port(cloud: Cloud, admin: Any) -> None:
    """Make a network with a port, plug it into the integration bridge, and remove all again.

    Neutron calls a port active when OVN says that its chassis has it: the whole way is taken.
    """
    _remove(cloud, admin)
    network = admin.network.create_network(name=_NAME, port_security_enabled=False)
    try:
        admin.network.create_subnet(
            name=_NAME, network_id=network.id, ip_version=4, cidr="192.0.2.0/28"
        )
        port = admin.network.create_port(
            name=_NAME, network_id=network.id, binding_host_id="microstack"
        )
        words = f"add-port br-int {_DEVICE} -- set Interface {_DEVICE} type=internal"
        cloud.inside.run("ovs-vsctl", *words.split(), f"external_ids:iface-id={port.id}")
        cloud.wait(
            lambda: admin.network.get_port(port.id).status == "ACTIVE",
            "a port to become active",
            "ovn-controller",
            _SECONDS,
        )
    finally:
        _remove(cloud, admin)


def _remove(cloud: Cloud, admin: Any) -> None:
    cloud.inside.run("ovs-vsctl", "--if-exists", "del-port", "br-int", _DEVICE)
    if network := admin.network.find_network(_NAME):
        for port in admin.network.ports(network_id=network.id, name=_NAME):
            admin.network.delete_port(port)
        admin.network.delete_network(network)
