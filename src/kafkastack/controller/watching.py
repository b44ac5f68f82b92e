"""Which machines are lost: asked now and then of a cloud whose machines may be ended by others."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from kafkastack.clouds.protocol import Machine, Watched
from kafkastack.errors import KafkastackError
from kafkastack.model.records import Machine as MachineRecord
from kafkastack.model.records import StatusInfo

_SECONDS = 10.0
Place = tuple[str, str]


async def watch(
    cloud: Watched,
    attached: Mapping[Place, Machine],
    lose: Callable[[Place], Awaitable[None]],
    *,
    seconds: float = _SECONDS,
) -> None:
    """Let go of each attached machine that does not run any more, until cancelled."""
    while True:
        await asyncio.sleep(seconds)
        for place in await _lost(cloud, attached):
            await lose(place)


async def _lost(cloud: Watched, attached: Mapping[Place, Machine]) -> list[Place]:
    places = {machine.instance.instance_id: place for place, machine in attached.items()}
    if not places:
        return []
    try:
        lost = await cloud.lost([*places])
    except KafkastackError:
        return []  # the cloud does not answer: that says nothing of its machines
    return [places[instance] for instance in lost]


def not_attached(record: MachineRecord, reason: str, now: float) -> dict[str, StatusInfo]:
    """Return the statuses of a machine that could not be made or, if it was, not be reached."""
    status = StatusInfo("provisioning error", reason, now)
    if record.agent.current not in ("started", "down"):
        return {"status": status}
    since = record.agent.since if record.agent.current == "down" else now
    return {"status": status, "agent": StatusInfo("down", "agent is not communicating", since)}
