"""Table of the hook tools: one module a family, all in one table."""

from kafkastack.hooktools.tools import (
    actions,
    config,
    environment,
    leadership,
    log,
    network,
    ports,
    relations,
    secrets,
    state,
    status,
    storage,
    unsupported,
)
from kafkastack.hooktools.tools.call import Call, Tool

TOOLS: dict[str, Tool] = {
    **actions.TOOLS,
    **config.TOOLS,
    **environment.TOOLS,
    **leadership.TOOLS,
    **log.TOOLS,
    **network.TOOLS,
    **ports.TOOLS,
    **relations.TOOLS,
    **secrets.TOOLS,
    **state.TOOLS,
    **status.TOOLS,
    **storage.TOOLS,
    **unsupported.TOOLS,
}
TOOL_NAMES: tuple[str, ...] = tuple(sorted({*TOOLS, "juju-exec", "juju-run"}))

__all__ = ["TOOLS", "TOOL_NAMES", "Call", "Tool"]
