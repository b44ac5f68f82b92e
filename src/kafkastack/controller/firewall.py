"""Openings to the outside: the ports of exposed applications, by machine."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from kafkastack.clouds.protocol import Cloud, Firewalled, Instance, MachineSpec, Opening
from kafkastack.model.records import Application, Unit
from kafkastack.store.store import Reader

_ANYWHERE = ("0.0.0.0/0", "::/0")
Openings = frozenset[Opening]


class OpenPorts(Struct, frozen=True):
    """Let in what is exposed on a machine, and nothing else."""

    model: str
    machine: str
    openings: Openings


def exposed_ports(reader: Reader, model: str) -> dict[str, Openings]:
    """Return what is exposed, by machine; a machine with nothing exposed is not in it."""
    applications = {record.name: record for record in reader.all(Application, model)}
    found: dict[str, set[Opening]] = {}
    for unit in reader.all(Unit, model):
        application = applications.get(unit.application)
        if application and application.exposed:
            found.setdefault(unit.machine, set()).update(_openings(application, unit))
    return {machine: frozenset(openings) for machine, openings in found.items() if openings}


def wanted_openings(
    reader: Reader,
    model: str,
    attached: frozenset[tuple[str, str]],
    opened: Mapping[tuple[str, str], Openings],
) -> list[OpenPorts]:
    """Return the machines that let in something else than what is exposed on them."""
    wanted = exposed_ports(reader, model)
    return [
        OpenPorts(model, machine, wanted.get(machine, frozenset()))
        for uuid, machine in sorted(attached)
        if uuid == model and opened.get((uuid, machine)) != wanted.get(machine, frozenset())
    ]


class Firewall:
    """What is let in by now, as far as this controller has seen to it."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud if isinstance(cloud, Firewalled) else None
        self._opened: dict[tuple[str, str], Openings] = {}

    def wanted(
        self, reader: Reader, model: str, attached: frozenset[tuple[str, str]]
    ) -> list[OpenPorts]:
        """Return what is to be changed; nothing where everybody is let in."""
        return wanted_openings(reader, model, attached, self._opened) if self._cloud else []

    async def open(self, effect: OpenPorts, spec: MachineSpec, instance: Instance) -> None:
        """Let in what is exposed."""
        if self._cloud:
            await self._cloud.open_ports(spec, instance, effect.openings)
            self._opened[effect.model, effect.machine] = effect.openings

    def forget(self, model: str, machine: str) -> None:
        """Forget a machine that is gone."""
        self._opened.pop((model, machine), None)


def _openings(application: Application, unit: Unit) -> Iterator[Opening]:
    endpoints = application.exposed_endpoints or {"": ""}
    for port in unit.ports:
        number, _, endpoint = port.partition("@")
        for exposed, cidrs in endpoints.items():
            if exposed in ("", endpoint) or not endpoint:
                blocks = [block for block in cidrs.split(",") if block]
                yield from (Opening(number, cidr) for cidr in blocks or _ANYWHERE)
