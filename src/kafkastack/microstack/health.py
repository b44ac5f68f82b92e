"""Health of the cloud: daemons, agents, hypervisor, instances and memory, as one document."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from kafkastack.microstack import placing
from kafkastack.microstack.catalog import connect
from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.hypervisors import HYPERVISORS, chosen, is_chosen
from kafkastack.microstack.services import SERVICES

Document = dict[str, Any]


def document(cloud: Cloud) -> Document:
    """Return all that is known; of a stopped cloud only that it is one."""
    if not cloud.settings.state.exists():
        return {"state": "not installed"}
    if not cloud.inside.leader:
        return {"state": "stopped", "folder": str(cloud.settings.state)}
    services = {name: cloud.state_of(name).lower() for name in SERVICES}
    found = {
        "state": "running",
        "folder": str(cloud.settings.state),
        "services": services,
        "hypervisor": _hypervisor(cloud),
        "memory-mb": sum(_memory_mb(pid) for pid in _processes(cloud)),
    }
    if any(state != "running" for state in services.values()):
        found["state"] = "degraded"
        return found
    try:
        with connect(cloud) as admin:
            found |= _of_openstack(admin)
            troubles = placing.troubles(found, placing.inventories(admin), _said(cloud))
    except Exception as error:
        troubles = [f"OpenStack does not answer: {str(error).splitlines()[0]}"]
    if troubles:
        found |= {"state": "degraded", "trouble": troubles}
    return found


def is_ready(cloud: Cloud) -> bool:
    """Report whether instances can be placed: services, agents, volumes and the host are well."""
    with suppress(Exception), connect(cloud) as admin:
        shown = _of_openstack(admin)
        agents = [*shown["compute"], *shown["network"], *shown["volume"]]
        # A host is listed only after the scheduler has found the cell that it is in.
        hosts = list(admin.compute.hypervisors())
        troubles = placing.troubles(shown, placing.inventories(admin), _said(cloud))
        return bool(hosts) and len(agents) >= _AGENTS and not troubles
    return False


def _said(cloud: Cloud) -> str:
    """Return what nova-compute has said last."""
    log = cloud.inside.log("nova-compute")
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        return stream.read().decode(errors="replace")


_TAIL_BYTES = 1 << 18
_AGENTS = 7  # compute, conductor, scheduler; controller, metadata; volume and its scheduler


def _of_openstack(admin: Any) -> Document:
    return {
        "compute": [
            {"name": service.binary, "state": service.state, "status": service.status}
            for service in admin.compute.services()
        ],
        "network": [
            {"name": agent.binary, "state": "up" if agent.is_alive else "down"}
            for agent in admin.network.agents()
        ],
        "volume": [
            {"name": service.binary, "state": service.state, "status": service.status}
            for service in admin.block_storage.services()
        ],
        "instances": [
            {
                "name": server.name,
                "status": server.status,
                "addresses": sorted(
                    address["addr"]
                    for addresses in server.addresses.values()
                    for address in addresses
                ),
                "flavor": server.flavor.name or server.flavor.original_name,
            }
            for server in admin.compute.servers(all_projects=True)
        ],
    }


def _hypervisor(cloud: Cloud) -> Document:
    if not is_chosen(cloud):
        return {"type": "undecided", "reason": "the bootstrap has not come that far", "limits": []}
    kind = chosen(cloud)
    known = HYPERVISORS[kind]
    return {"type": kind, "reason": known.reason, "limits": list(known.limits)}


def _processes(cloud: Cloud) -> list[int]:
    """Return the host's ids of every process of the cloud, instances included."""
    wanted = Path(f"/proc/{cloud.inside.leader}/ns/pid").readlink()
    found = list[int]()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                if (folder / "ns" / "pid").readlink() == wanted:
                    found.append(int(folder.name))
    return found


def _memory_mb(pid: int) -> int:
    """Return the memory that a process has for itself, and its part of what it shares (PSS)."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) // 1024
    return 0
