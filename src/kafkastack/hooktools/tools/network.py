"""network-get, unit-get, open-port, close-port, opened-ports."""

from dataclasses import replace
from typing import Any

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag
from kafkastack.hooktools.context import HookContext, ToolError
from kafkastack.hooktools.formats import write
from kafkastack.hooktools.tools.call import Call
from kafkastack.hooktools.tools.relations import RELATION
from kafkastack.model.natural import naturally_sorted
from kafkastack.model.ports import normalize_port
from kafkastack.model.records import Unit
from kafkastack.store.store import Transaction

_ENDPOINTS = Flag(("endpoints",))


async def network_get(context: HookContext, call: Call) -> str:
    """Print the addresses of a binding."""
    parsed = call.parse_output(
        RELATION,
        *(
            Flag((name,), takes_value=False)
            for name in ("primary-address", "bind-address", "egress-subnets", "ingress-address")
        ),
    )
    binding = parsed.positional[0] if parsed.positional else ""
    if parsed["relation"]:
        context.find_relation(parsed["relation"])
    if not binding:
        raise ToolError("no arguments specified")
    if binding not in context.environment.meta.bindings() and binding != "juju-info":
        raise ToolError(f'no network config found for binding "{binding}"')
    document = _document(context)
    address = context.environment.instance.address
    single = {"primary-address": address, "bind-address": address, "ingress-address": address}
    for name, value in {**single, "egress-subnets": document["egress-subnets"]}.items():
        if parsed.is_set(name):
            return write(value, parsed["format"])
    return write(document, parsed["format"])


def _document(context: HookContext) -> dict[str, Any]:
    instance = context.environment.instance
    interface = "lo" if instance.address.startswith("127.") else "eth0"
    address = {"hostname": "", "value": instance.address, "cidr": _subnet(instance.address)}
    return {
        "bind-addresses": [
            {"mac-address": "", "interface-name": interface, "addresses": [address]}
        ],
        "egress-subnets": [instance.egress_subnet or f"{instance.address}/32"],
        "ingress-addresses": [instance.address],
    }


def _subnet(address: str) -> str:
    return address.rpartition(".")[0] + ".0/24"


async def unit_get(context: HookContext, call: Call) -> str:
    """Print an address of the unit, for old charms."""
    parsed = call.parse_output()
    if parsed.positional not in (("private-address",), ("public-address",)):
        raise UsageError(f'unknown setting "{" ".join(parsed.positional)}"')
    return write(context.environment.instance.address, parsed["format"])


async def open_port(context: HookContext, call: Call) -> str:
    """Open ports once the hook has succeeded."""
    _change_ports(context, call, opens=True)
    return ""


async def close_port(context: HookContext, call: Call) -> str:
    """Close ports once the hook has succeeded."""
    _change_ports(context, call, opens=False)
    return ""


def _change_ports(context: HookContext, call: Call, *, opens: bool) -> None:
    parsed = call.parse(_ENDPOINTS, Flag(("format",)))
    if not parsed.positional:
        raise ToolError("no port or range specified")
    scopes = [f"@{name}" for name in parsed["endpoints"].split(",") if name] or [""]
    named = {normalize_port(text) + scope for text in parsed.positional for scope in scopes}

    def change(tx: Transaction) -> None:
        unit = tx.get(Unit, context.model, context.unit_name)
        ports = {*unit.ports, *named} if opens else {*unit.ports} - named
        tx.put(context.model, replace(unit, ports=tuple(naturally_sorted(ports))))

    context.change(change)


async def opened_ports(context: HookContext, call: Call) -> str:
    """Print the open ports."""
    parsed = call.parse_output(Flag(("endpoints",), takes_value=False))
    ports: dict[str, list[str]] = {}
    for port in context.unit.ports:
        number, _, endpoint = port.partition("@")
        ports.setdefault(number, []).append(endpoint or "*")
    if parsed.is_set("endpoints"):
        lines = [f"{port} ({', '.join(names)})" for port, names in ports.items()]
        return write(naturally_sorted(lines), parsed["format"])
    return write(naturally_sorted(ports), parsed["format"])


TOOLS = {
    "close-port": close_port,
    "network-get": network_get,
    "open-port": open_port,
    "opened-ports": opened_ports,
    "unit-get": unit_get,
}
