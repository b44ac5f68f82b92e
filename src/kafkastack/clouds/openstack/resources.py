"""Resources of an OpenStack, as far as machines need them: parsed at the border, true inside."""

from collections.abc import Mapping

from msgspec import Struct, field


class Flavor(Struct, frozen=True):
    """A size of instances; memory in MB, disk in GB."""

    id: str
    name: str
    cores: int
    memory: int
    disk: int


class Image(Struct, frozen=True):
    """What an instance boots; memory in MB, disk in GB."""

    id: str
    name: str
    created: str = ""
    distro: str = ""
    version: str = ""
    architecture: str = ""
    disk: int = 0
    memory: int = 0
    is_bootable: bool = True  # a kernel or a ramdisk is not


class Network(Struct, frozen=True):
    """A network; `is_external` when floating IPs come from it."""

    id: str
    name: str
    is_external: bool = False
    is_shared: bool = False
    gives_addresses: bool = True  # a subnet of it answers DHCP


class Server(Struct, frozen=True):
    """An instance, as the cloud knows it."""

    id: str
    name: str
    status: str
    fixed: str = ""  # its address
    floating: str = ""
    zone: str = ""
    fault: str = ""
    task: str = ""
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


class Rule(Struct, frozen=True):
    """What a security group lets in: from a CIDR, or from members of a group."""

    protocol: str = ""  # "": any
    first: int = 0  # of ports; 0: all
    last: int = 0
    cidr: str = ""
    group: str = ""
    family: str = "IPv4"


class Group(Struct, frozen=True):
    """A security group: its rules by their ids."""

    id: str
    name: str
    rules: Mapping[str, Rule] = field(default_factory=dict[str, Rule])


class Order(Struct, frozen=True):
    """An instance to be made."""

    name: str
    flavor: str
    image: str
    network: str
    groups: tuple[str, ...]
    zone: str
    tags: Mapping[str, str]
    user_data: str
