"""config-get."""

from kafkastack.gnuflag import Flag
from kafkastack.hooktools.context import HookContext
from kafkastack.hooktools.formats import write, write_settings
from kafkastack.hooktools.tools.call import Call
from kafkastack.model.config import effective_values


async def config_get(context: HookContext, call: Call) -> str:
    """Print an option, or all that are set or have a default."""
    parsed = call.parse_output(Flag(("a", "all"), takes_value=False), most=1)
    options = context.environment.meta.options
    values = effective_values(options, context.application.config)
    key = parsed.positional[0] if parsed.positional else "-"
    if key != "-":
        return write(values.get(key), parsed["format"])
    if parsed.is_set("all"):
        return await write_settings({name: values.get(name) for name in options}, parsed["format"])
    return await write_settings(values, parsed["format"])


TOOLS = {"config-get": config_get}
