"""open-port, close-port, opened-ports: which ports a unit says it listens on."""

from collections.abc import Collection, Iterable

from msgspec.structs import replace

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag
from kafkastack.hooktools.context import HookContext, ToolError
from kafkastack.hooktools.formats import write
from kafkastack.hooktools.tools.call import Call
from kafkastack.model.bounds import PORTS, check_many
from kafkastack.model.natural import naturally_sorted
from kafkastack.model.ports import find_overlap, normalize_port
from kafkastack.model.records import Unit
from kafkastack.store.store import Transaction

_ENDPOINTS = Flag(("endpoints",))
_FORMAT = Flag(("format",))  # Juju takes it and prints nothing


async def open_port(context: HookContext, call: Call) -> str:
    """Open ports once the hook has succeeded."""
    ports, endpoints = _read(context, call)
    _refuse_overlap(ports, {port.partition("@")[0] for port in context.unit.ports})
    scoped = [f"{port}@{endpoint}" for port in ports for endpoint in endpoints] or ports
    check_many(f"ports of {context.unit_name}", {*context.unit.ports, *scoped}, PORTS)
    _change(context, scoped, ())
    return ""


async def close_port(context: HookContext, call: Call) -> str:
    """Close ports once the hook has succeeded; without endpoints, for all of them."""
    ports, endpoints = _read(context, call)
    scoped = [f"{port}@{endpoint}" for port in ports for endpoint in endpoints]
    opened = context.unit.ports
    _change(context, (), scoped or [p for p in opened if p.partition("@")[0] in ports])
    return ""


def _change(context: HookContext, opened: Iterable[str], closed: Iterable[str]) -> None:
    def change(tx: Transaction) -> None:
        unit = tx.get(Unit, context.model, context.unit_name)
        ports = naturally_sorted({*unit.ports, *opened} - {*closed})
        tx.put(context.model, replace(unit, ports=tuple(ports)))

    context.change(change)


def _read(context: HookContext, call: Call) -> tuple[Collection[str], Collection[str]]:
    parsed = call.parse(_ENDPOINTS, _FORMAT)
    if not parsed.positional:
        raise UsageError("no port or range specified")
    check_many("ports of one call", parsed.positional, PORTS)
    named = (name.strip() for name in parsed["endpoints"].split(","))
    endpoints, bindings = (
        {name: None for name in named if name},
        context.environment.meta.bindings(),
    )
    for name in endpoints:
        if name not in bindings:
            raise ToolError(f'endpoint "{name}" not found')
    return {normalize_port(text): None for text in parsed.positional}, endpoints


def _refuse_overlap(ports: Collection[str], opened: Iterable[str]) -> None:
    """Refuse a range that shares ports with another one, as Juju does; the same one is fine."""
    if pair := find_overlap({*ports, *opened}):
        port, other = pair if pair[0] in ports else reversed(pair)
        raise ToolError(f"cannot open {port}: port ranges {port} and {other} conflict")


async def opened_ports(context: HookContext, call: Call) -> str:
    """Print the open ports."""
    parsed = call.parse_output(Flag(("endpoints",), takes_value=False), most=0)
    ports: dict[str, list[str]] = {}
    for port in context.unit.ports:
        number, _, endpoint = port.partition("@")
        ports.setdefault(number, []).append(endpoint or "*")
    if parsed.is_set("endpoints"):
        # No space between the names: ops splits at the last one.
        lines = [f"{port} ({','.join(names)})" for port, names in ports.items()]
        return write(naturally_sorted(lines), parsed["format"])
    return write(naturally_sorted(ports), parsed["format"])


TOOLS = {"close-port": close_port, "open-port": open_port, "opened-ports": opened_ports}
