"""is-leader, leader-get, leader-set."""

from msgspec.structs import replace

from kafkastack.hooktools.context import HookContext, ToolError
from kafkastack.hooktools.formats import write, write_settings
from kafkastack.hooktools.tools.call import Call
from kafkastack.hooktools.tools.settings import FILE, check_size, read_settings
from kafkastack.model.records import Application
from kafkastack.store.store import Transaction


async def is_leader(context: HookContext, call: Call) -> str:
    """Report whether this unit leads; the answer holds for the whole hook."""
    return write(context.is_leader, call.parse_output(most=0)["format"])


async def leader_get(context: HookContext, call: Call) -> str:
    """Print a leader setting, or all, for old charms."""
    parsed = call.parse_output(most=1)
    settings = context.application.leader_settings
    key = parsed.positional[0] if parsed.positional else ""
    shown = settings if key in ("", "-") else settings.get(key)
    return await write_settings(shown, parsed["format"])


async def leader_set(context: HookContext, call: Call) -> str:
    """Write leader settings, for old charms: true at once, as in Juju, and told to followers."""
    parsed = call.parse(FILE)
    if not context.is_leader:
        raise ToolError("cannot write leadership settings: not the leader")
    values = await read_settings(context, call, parsed)

    def change(tx: Transaction) -> None:
        record = tx.get(Application, context.model, context.application.name)
        kept = {k: v for k, v in {**record.leader_settings, **values}.items() if v != ""}
        if kept != record.leader_settings:
            check_size(kept)
            written = record.leader_written + 1
            tx.put(context.model, replace(record, leader_settings=kept, leader_written=written))

    context.change_now(change)
    return ""


TOOLS = {"is-leader": is_leader, "leader-get": leader_get, "leader-set": leader_set}
