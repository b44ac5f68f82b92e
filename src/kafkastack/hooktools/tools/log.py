"""juju-log, juju-reboot."""

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag
from kafkastack.hooktools.context import HookContext, ToolError
from kafkastack.hooktools.tools.call import Call

_LEVELS = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


async def juju_log(context: HookContext, call: Call) -> str:
    """Write to the model's log."""
    parsed = call.parse(
        Flag(("l", "log-level"), default="INFO"),
        Flag(("debug",), takes_value=False),
        Flag(("format",)),
    )
    level = "DEBUG" if parsed.is_set("debug") else parsed["log-level"].upper()
    level = {"WARN": "WARNING"}.get(level, level)
    if not parsed.positional:
        raise UsageError("no message specified")
    context.log(level if level in _LEVELS else "INFO", " ".join(parsed.positional))
    return ""


async def juju_reboot(context: HookContext, call: Call) -> str:
    """Ask for a restart of the machine, after the hook or now."""
    parsed = call.parse(Flag(("now",), takes_value=False), most=0)
    if context.task:
        raise ToolError("juju-reboot is not supported when running an action.")
    context.reboot = "now" if parsed.is_set("now") else "later"
    if context.reboot == "now":
        context.stop()
    return ""


TOOLS = {"juju-log": juju_log, "juju-reboot": juju_reboot}
