"""The tools of Kubernetes charms and of retired features: refused by name."""

from collections.abc import Awaitable, Callable

from kafkastack.hooktools.context import HookContext, ToolError
from kafkastack.hooktools.tools.call import Call

_NAMES = (
    "add-metric",
    "k8s-raw-get",
    "k8s-raw-set",
    "k8s-spec-get",
    "k8s-spec-set",
    "payload-register",
    "payload-status-set",
    "payload-unregister",
    "pod-spec-get",
    "pod-spec-set",
)


def _refuse(name: str) -> Callable[[HookContext, Call], Awaitable[str]]:
    async def tool(context: HookContext, call: Call) -> str:
        raise ToolError(f"{name} is not supported")

    return tool


TOOLS = {name: _refuse(name) for name in _NAMES}
