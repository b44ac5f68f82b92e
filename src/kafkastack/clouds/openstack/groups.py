"""The security groups of a controller: one a model, and one a machine for what it opens."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple

from kafkastack.clouds.openstack import naming
from kafkastack.clouds.openstack.api import Api
from kafkastack.clouds.openstack.resources import Group, Rule
from kafkastack.clouds.protocol import MachineSpec, Opening
from kafkastack.model.settings import read_bool

_ATTEMPTS, _PAUSE_SECONDS = 10, 1.0  # a group is in use until the port of an instance is gone
Ask = Callable[[Callable[[Api], Any]], Awaitable[Any]]


class Change(NamedTuple):
    """What makes a group's rules the wanted ones."""

    add: tuple[Rule, ...]
    remove: tuple[str, ...]


def change_of(has: Mapping[str, Rule], wanted: Iterable[Rule]) -> Change:
    """Return the rules to add, and the ids of those to remove."""
    wanted = frozenset(wanted)
    held = frozenset(has.values())
    add = sorted(wanted - held, key=repr)
    return Change(tuple(add), tuple(sorted(key for key in has if has[key] not in wanted)))


class Groups:
    """Groups as Juju has them; asked through the cloud's own door."""

    def __init__(self, ask: Ask, controller: str) -> None:
        self._ask = ask
        self._controller = controller
        self._changing = asyncio.Lock()  # of several machines at once, one makes the model's

    async def make(self, spec: MachineSpec) -> tuple[str, ...]:
        """Return the ids of a machine's groups; those that are not there are made."""
        async with self._changing:
            model = await self._group(naming.model_group(self._controller, spec.model_uuid))
            await self._let_in(model, naming.model_rules(model.id))
            machine = await self._group(naming.machine_group(self._controller, spec))
        default = read_bool(spec.config.get("use-default-secgroup", "false"))
        return (model.id, machine.id, *(["default"] if default else []))

    async def open(self, spec: MachineSpec, openings: frozenset[Opening]) -> None:
        """Let in what is exposed on a machine, and nothing else."""
        async with self._changing:
            group = await self._group(naming.machine_group(self._controller, spec))
            wanted = frozenset((opening.port, opening.cidr) for opening in openings)
            await self._let_in(group, naming.opened_rules(wanted))

    async def remove(self, spec: MachineSpec, *, with_model: bool) -> None:
        """Remove a machine's group, and the model's if it was the last."""
        model = naming.model_group(self._controller, spec.model_uuid)
        machine = naming.machine_group(self._controller, spec)
        for group in await self._named(model):
            if group.name == machine or (with_model and group.name == model):
                await self._delete(group)

    async def remove_all(self) -> None:
        """Remove every group of the controller."""
        groups = await self._named(naming.group_prefix(self._controller))
        for group in sorted(groups, key=lambda group: -len(group.name)):
            await self._delete(group)

    async def _group(self, name: str) -> Group:
        found = [group for group in await self._named(name) if group.name == name]
        if found:
            return found[0]
        return await self._ask(lambda api: api.make_group(name, "juju group"))

    async def _named(self, prefix: str) -> list[Group]:
        return list(await self._ask(lambda api: api.groups(prefix)))

    async def _let_in(self, group: Group, wanted: frozenset[Rule]) -> None:
        change = change_of(group.rules, wanted)
        if change.add or change.remove:
            await self._ask(lambda api: api.change_group(group.id, change.add, change.remove))

    async def _delete(self, group: Group) -> None:
        for _ in range(_ATTEMPTS):
            if await self._ask(lambda api: api.delete_group(group.id)):
                return
            await asyncio.sleep(_PAUSE_SECONDS)
