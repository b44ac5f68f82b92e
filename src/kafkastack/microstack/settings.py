"""What a MicroStack is like before it is built: places, addresses, sizes; frozen and printable."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kafkastack.artifacts.cache import cache_dir

# The services that have an API, with the ports that OpenStack's documentation gives them.
PORTS: Mapping[str, int] = {
    "keystone": 5000,
    "glance": 9292,
    "nova": 8774,
    "placement": 8778,
    "neutron": 9696,
    "cinder": 8776,
}
HYPERVISORS = ("auto", "kvm", "lxc", "qemu")


@dataclass(frozen=True)
class Settings:
    """One installation. `address` is a loopback address that only the APIs listen on."""

    state: Path
    cache: Path
    address: str = "127.0.24.4"
    link: str = "ms-ex"  # the one interface on the host: the external network of the cloud
    external: str = "172.24.4.0/24"
    hypervisor: str = "auto"
    region: str = "microstack"
    volumes_gb: int = 20  # a sparse file

    @property
    def gateway(self) -> str:
        """The host's own address on the external network."""
        return str(next(ipaddress.ip_network(self.external).hosts()))

    @property
    def prefix(self) -> int:
        """How many bits of the external network's addresses name the network."""
        return ipaddress.ip_network(self.external).prefixlen

    def url(self, service: str) -> str:
        """Return where a service's API is, on the host and inside."""
        return f"https://{self.address}:{PORTS[service]}"


def default_settings() -> Settings:
    """Return the settings of this machine's MicroStack; KAFKASTACK_MICROSTACK is its folder."""
    state = os.environ.get("KAFKASTACK_MICROSTACK", "/var/lib/kafkastack/microstack")
    return Settings(Path(state), cache_dir() / "microstack")
