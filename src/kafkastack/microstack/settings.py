"""Settings of a MicroStack before it is built: places, addresses, sizes; frozen and printable."""

import ipaddress
import os
import zlib
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from kafkastack.artifacts.cache import cache_dir
from kafkastack.system.ownership import checked

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


_STATE = "/var/lib/kafkastack/microstack"
_OTHERS = 60  # how many installations in other folders have numbers


class Settings(Struct, frozen=True):
    """One installation; its number keeps its names and addresses from those of another one.

    `address` is a loopback address that only the APIs listen on.
    """

    state: Path
    cache: Path
    number: int = 0
    hypervisor: str = "auto"
    region: str = "microstack"
    volumes_gb: int = 20  # a sparse file

    @property
    def name(self) -> str:
        """What it is called in clouds.yaml."""
        return f"microstack{self.number or ''}"

    @property
    def address(self) -> str:
        """The loopback address of the APIs; no model of the cloud `local` has it."""
        return f"127.0.24.{4 + self.number}"

    @property
    def external(self) -> str:
        """The external network, which the host is on, too."""
        return f"172.24.{4 + self.number}.0/24"

    @property
    def link(self) -> str:
        """The one interface on the host."""
        return f"ms-ex{self.number or ''}"

    @property
    def group(self) -> str:
        """The control group of all its processes."""
        return f"kafkastack-microstack{self.number or ''}"

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
    state = os.environ.get("KAFKASTACK_MICROSTACK", _STATE)
    folder = checked(Path(state), "KAFKASTACK_MICROSTACK")
    return Settings(folder, cache_dir() / "microstack", number_of(state))


def number_of(state: str) -> int:
    """Return the number of the installation in a folder: 0 in the usual one."""
    return 0 if state == _STATE else 1 + zlib.crc32(state.encode()) % _OTHERS
