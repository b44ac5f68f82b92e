"""network-get, unit-get."""

from typing import Any

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag
from kafkastack.hooktools.context import HookContext, ToolError
from kafkastack.hooktools.formats import write
from kafkastack.hooktools.tools.call import Call
from kafkastack.hooktools.tools.relations import RELATION


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


TOOLS = {"network-get": network_get, "unit-get": unit_get}
