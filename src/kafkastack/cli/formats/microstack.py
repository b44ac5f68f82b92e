"""Status of the cloud as shown on a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]
_AGENTS = ("compute", "network", "volume")


def lines_of(found: Document) -> Iterator[str]:
    """Yield the lines of a status."""
    yield f"MicroStack: {found['state']}"
    if found["state"] == "not installed":
        yield "kafkastack microstack bootstrap builds it"
        return
    if found["state"] == "stopped":
        yield "kafkastack microstack start starts it"
        return
    services: Mapping[str, str] = found["services"]
    lacking = [f"{name} is {state}" for name, state in services.items() if state != "running"]
    yield f"Services    {len(services) - len(lacking)} of {len(services)} run"
    yield from (f"            {line}" for line in lacking)
    troubles: Sequence[str] = found.get("trouble", ())
    yield from (f"Trouble     {trouble}" for trouble in troubles)
    for kind in _AGENTS:
        agents = found.get(kind, [])
        if agents:
            told = ", ".join(f"{agent['name']} {agent['state']}" for agent in agents)
            yield f"{kind.capitalize():12}{told}"
    hypervisor = found["hypervisor"]
    yield f"Hypervisor  {hypervisor['type']}: {hypervisor['reason']}"
    yield from (f"            {limit}" for limit in hypervisor["limits"])
    yield f"Memory      {found['memory-mb'] / 1024:.1f} GB, instances included"
    instances = found.get("instances", [])
    yield f"Instances   {len(instances)}"
    for one in instances:
        addresses = ", ".join(one["addresses"])
        yield f"  {one['name']:20} {one['status']:8} {one['flavor']:10} {addresses}"
