"""API of an OpenStack: blocking calls, in our words; `sdk.py` makes the real ones."""

from collections.abc import Sequence
from typing import Protocol

from kafkastack.clouds.openstack.resources import (
    Flavor,
    Group,
    Image,
    Network,
    Order,
    Rule,
    Server,
)


class Compute(Protocol):
    """Instances and what they are made of."""

    def flavors(self) -> Sequence[Flavor]:
        """Return the sizes."""
        ...

    def images(self) -> Sequence[Image]:
        """Return the images that can be booted now."""
        ...

    def servers(self) -> Sequence[Server]:
        """Return all instances of the project."""
        ...

    def make_server(self, order: Order) -> str:
        """Ask for an instance; returns its id."""
        ...

    def delete_server(self, server: str) -> None:
        """Ask for the end of an instance; fine if it is gone."""
        ...

    def act(self, server: str, action: str) -> None:
        """Ask an instance to "start" or to "reboot"."""
        ...


class Networking(Protocol):
    """What is around instances."""

    def networks(self) -> Sequence[Network]:
        """Return the networks that instances may be on, or take floating IPs from."""
        ...

    def groups(self, prefix: str) -> Sequence[Group]:
        """Return the security groups whose names begin so."""
        ...

    def make_group(self, name: str, description: str) -> Group:
        """Make a security group, which lets nothing in."""
        ...

    def change_group(self, group: str, add: Sequence[Rule], remove: Sequence[str]) -> None:
        """Add rules, and remove some by their ids."""
        ...

    def delete_group(self, group: str) -> bool:
        """Delete a security group; False while something uses it."""
        ...

    def change_address(self, server: str, network: str) -> str:
        """Give an instance a floating IP of a network; with "" take away all that it has."""
        ...

    def release_address(self, address: str) -> None:
        """Give back a floating IP whose instance is gone; fine if it is, or is another's."""
        ...


class Api(Compute, Networking, Protocol):
    """All of it."""
