"""An OpenStack in memory: instances are ACTIVE at once, unless it is told to fail."""

import itertools
import threading
from collections.abc import Sequence

from msgspec.structs import replace

from kafkastack.clouds.openstack.resources import (
    Flavor,
    Group,
    Image,
    Network,
    Order,
    Rule,
    Server,
)


class FakeApi:
    """Keeps what it was asked for; `failures` are raised first, one a call of make_server."""

    def __init__(self) -> None:
        self.server_list: dict[str, Server] = {}
        self.orders: list[Order] = []
        self.group_list: dict[str, Group] = {}
        self.failures: list[Exception] = []
        self.fault = ""
        self.acts: list[str] = []
        self.released: list[str] = []
        self.away: Exception | None = None  # what every question about instances is answered with
        self.hanging = threading.Event()  # until it is set, none of them is answered
        self.hanging.set()
        self.busy = 0  # how often a group is said to be in use
        self._ids = itertools.count(1)

    def flavors(self) -> Sequence[Flavor]:
        return [Flavor("f", "small", 1, 2048, 8)]

    def images(self) -> Sequence[Image]:
        return [Image("i", "debian", "2026", "debian", "12")]

    def networks(self) -> Sequence[Network]:
        return [Network("n", "demo"), Network("e", "public", is_external=True)]

    def servers(self) -> Sequence[Server]:
        self.hanging.wait()
        if self.away:
            raise self.away
        return list(self.server_list.values())

    def make_server(self, order: Order) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.orders.append(order)
        number = f"s{next(self._ids)}"
        status = "ERROR" if self.fault else "ACTIVE"
        made = Server(number, order.name, status, "10.0.0.7", "", "nova", self.fault)
        self.server_list[number] = replace(made, tags=order.tags)
        return number

    def delete_server(self, server: str) -> None:
        self.server_list.pop(server, None)

    def act(self, server: str, action: str) -> None:
        self.acts.append(action)
        self.server_list[server] = replace(self.server_list[server], status="ACTIVE")

    def groups(self, prefix: str) -> Sequence[Group]:
        return [group for group in self.group_list.values() if group.name.startswith(prefix)]

    def make_group(self, name: str, description: str) -> Group:
        group = Group(f"g{next(self._ids)}", name)
        self.group_list[group.id] = group
        return group

    def change_group(self, group: str, add: Sequence[Rule], remove: Sequence[str]) -> None:
        held = self.group_list[group]
        kept = {key: rule for key, rule in held.rules.items() if key not in remove}
        added = {f"r{next(self._ids)}": rule for rule in add}
        self.group_list[group] = replace(held, rules={**kept, **added})

    def delete_group(self, group: str) -> bool:
        if self.busy:
            self.busy -= 1
            return False
        self.group_list.pop(group, None)
        return True

    def release_address(self, address: str) -> None:
        self.released.append(address)

    def change_address(self, server: str, network: str) -> str:
        address = "172.24.4.9" if network else ""
        self.server_list[server] = replace(self.server_list[server], floating=address)
        return address
