"""state-get, state-set, state-delete: what the unit keeps in the controller."""

from msgspec.structs import replace

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag
from kafkastack.hooktools.context import HookContext, ToolError
from kafkastack.hooktools.formats import write, write_settings
from kafkastack.hooktools.tools.call import Call
from kafkastack.hooktools.tools.settings import FILE, check_size, read_settings
from kafkastack.model.records import UnitState
from kafkastack.store.store import Transaction


async def state_get(context: HookContext, call: Call) -> str:
    """Print a value, or all."""
    parsed = call.parse_output(Flag(("strict",), takes_value=False), most=1)
    state = _values(context.reader, context)
    key = parsed.positional[0] if parsed.positional else "-"
    if key == "-":
        return await write_settings(state, parsed["format"])
    if key not in state and parsed.is_set("strict"):
        raise ToolError(f'"{key}" not found')
    return write(state.get(key, ""), parsed["format"])


async def state_set(context: HookContext, call: Call) -> str:
    """Keep values."""
    parsed = call.parse(FILE)
    values = await read_settings(context, call, parsed)
    context.change(lambda tx: _put(tx, context, {**_values(tx, context), **values}))
    return ""


async def state_delete(context: HookContext, call: Call) -> str:
    """Forget a value."""
    keys = call.parse().positional
    if len(keys) != 1:
        raise UsageError("missing state key")
    context.change(
        lambda tx: _put(
            tx, context, {k: v for k, v in _values(tx, context).items() if k not in keys}
        )
    )
    return ""


def _values(reader: Transaction, context: HookContext) -> dict[str, str]:
    state = reader.find(UnitState, context.model, context.unit_name)
    return state.charm_state if state else {}


def _put(tx: Transaction, context: HookContext, values: dict[str, str]) -> None:
    check_size(values)
    state = tx.find(UnitState, context.model, context.unit_name) or UnitState(context.unit_name)
    tx.put(context.model, replace(state, charm_state=values))


TOOLS = {"state-get": state_get, "state-set": state_set, "state-delete": state_delete}
