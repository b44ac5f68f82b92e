"""network-get, unit-get."""

from typing import Any

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag
from kafkastack.hooktools.context import HookContext, ToolError
from kafkastack.hooktools.formats import write
from kafkastack.hooktools.tools.call import Call
from kafkastack.hooktools.tools.relations import RELATION

_PARTS = ("primary-address", "bind-address", "egress-subnets", "ingress-address")


async def network_get(context: HookContext, call: Call) -> str:
    """Print the addresses of a binding."""
    parsed = call.parse_output(
        RELATION, *(Flag((name,), takes_value=False) for name in _PARTS), most=1
    )
    binding = parsed.positional[0] if parsed.positional else ""
    if parsed["relation"]:
        context.find_relation(parsed["relation"])
    if not binding:
        raise UsageError("no arguments specified")
    if binding not in context.environment.meta.bindings() and binding != "juju-info":
        raise ToolError(f'no network config found for binding "{binding}"')
    document = _document(context)
    address = context.environment.instance.address
    if parsed.is_set("primary-address"):
        return write(address, parsed["format"])
    values = {"bind-address": address, "ingress-address": address}
    values["egress-subnets"] = document["egress-subnets"]
    asked = {name: value for name, value in values.items() if parsed.is_set(name)}
    if len(asked) == 1:
        return write(next(iter(asked.values())), parsed["format"])
    return write(asked or document, parsed["format"])


def _document(context: HookContext) -> dict[str, Any]:
    instance = context.environment.instance
    interface = "lo" if instance.address.startswith("127.") else "eth0"
    address = {
        "hostname": "",
        "value": instance.address,
        "cidr": _subnet(instance.address),
        "address": instance.address,  # this one and the two below: for charms of Juju 2
    }
    return {
        "bind-addresses": [
            {
                "mac-address": "",
                "interface-name": interface,
                "addresses": [address],
                "macaddress": "",
                "interfacename": interface,
            }
        ],
        "egress-subnets": [instance.egress_subnet or f"{instance.address}/32"],
        "ingress-addresses": [instance.address],
    }


def _subnet(address: str) -> str:
    return address.rpartition(".")[0] + ".0/24"


async def unit_get(context: HookContext, call: Call) -> str:
    """Print an address of the unit, for old charms."""
    parsed = call.parse_output()
    if not parsed.positional:
        raise UsageError("no setting specified")
    if parsed.positional not in (("private-address",), ("public-address",)):
        raise UsageError(f'unknown setting "{" ".join(parsed.positional)}"')
    instance = context.environment.instance
    is_public = parsed.positional == ("public-address",)
    address = (instance.public_address if is_public else "") or instance.address
    return write(address, parsed["format"])


TOOLS = {"network-get": network_get, "unit-get": unit_get}
