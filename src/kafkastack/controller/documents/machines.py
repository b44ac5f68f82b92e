"""Documents of machines in `status`, `machines` and `show-machine`."""

from collections.abc import Iterable, Sequence

from kafkastack.controller.documents.facts import Document, ModelFacts
from kafkastack.controller.documents.infos import base_map, status_info
from kafkastack.controller.documents.snapshot import public_address, take_snapshot
from kafkastack.errors import NotFoundError
from kafkastack.model.records import Machine, StatusInfo
from kafkastack.store.store import Reader


def show_machine_document(
    reader: Reader, model_uuid: str, facts: ModelFacts, machines: Sequence[str] = ()
) -> Document:
    """Return machines by id, all of them when none is named; NotFoundError for an unknown one."""
    snapshot = take_snapshot(reader, model_uuid)
    for machine in machines:
        if machine not in snapshot.machines:
            raise NotFoundError(f"machine {machine} not found", "kafkastack status lists them")
    shown = [m for m in snapshot.machines.values() if not machines or m.id in machines]
    return {"model": snapshot.model.name, "machines": machines_part(shown, facts)}


def machines_part(machines: Iterable[Machine], facts: ModelFacts) -> Document:
    """Return the `machines` map of `status`."""
    return {machine.id: _machine(machine, facts) for machine in machines}


def _machine(machine: Machine, facts: ModelFacts) -> Document:
    instance, address = machine.instance, machine.instance.get("address", "")
    public = public_address(instance)
    agent = status_info(machine.agent, facts, machine.life)
    if machine.agent.current == "started":
        agent["version"] = facts.version
    shown: Document = {
        "juju-status": agent,
        "hostname": instance.get("hostname", ""),
        "dns-name": public,
        "ip-addresses": sorted({public, address}, key=public.__ne__) if address else [],
        "instance-id": instance.get("instance_id") or "pending",
        "machine-status": status_info(machine.status, facts),
        "modification-status": status_info(StatusInfo("idle", since=machine.created), facts),
        "base": base_map(instance.get("base") or machine.base),
        "network-interfaces": _interfaces(address),
        "constraints": machine.constraints,
        "hardware": _hardware(instance),
    }
    return {key: value for key, value in shown.items() if value}


def _interfaces(address: str) -> Document:
    if not address:
        return {}
    name = "lo" if address.startswith("127.") else "eth0"
    interface: Document = {
        "ip-addresses": [address],
        "mac-address": "00:00:00:00:00:00" if name == "lo" else "",
        "is-up": True,
        "space": "alpha",
    }
    return {name: interface}


def _hardware(instance: dict[str, str]) -> str:
    hardware, zone = instance.get("hardware", ""), instance.get("availability_zone", "")
    if zone and "availability-zone=" not in hardware:
        return f"{hardware} availability-zone={zone}".strip()
    return hardware
