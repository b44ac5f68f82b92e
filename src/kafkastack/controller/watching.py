"""Watch over the machines of a cloud: asked all the time where others may end them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from kafkastack.agent.site import Site
from kafkastack.clouds.protocol import Cloud, Watched
from kafkastack.clouds.protocol import Machine as CloudMachine
from kafkastack.controller.reach import Reach
from kafkastack.controller.retrying import complain
from kafkastack.errors import CloudAwayError
from kafkastack.model.records import Machine, StatusInfo

# Together less than ten seconds: then it is told that a cloud does not answer.
_PAUSE_SECONDS = 3.0
_PATIENCE_SECONDS = 6.0
_AGAIN_SECONDS = 20.0  # a question may have got lost on its way
_AWAY = "unknown"
Place = tuple[str, str]
Lose = Callable[[Place], Awaitable[None]]
Changes = Mapping[str, StatusInfo]


class Watch:
    """Looks at the cloud; `attached` are the machines that are reached, `lose` lets go of one."""

    def __init__(
        self,
        site: Site,
        cloud: Cloud,
        reach: Reach,
        attached: Mapping[Place, CloudMachine],
        lose: Lose,
    ) -> None:
        self._site = site
        self._cloud = cloud
        self._reach = reach
        self._attached = attached
        self._lose = lose
        self._asking: asyncio.Task[Mapping[str, str]] | None = None
        self._asked_at = 0.0

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except Exception as error:
                complain(error)  # such as a full disk: the next look may be recorded
            await asyncio.sleep(_PAUSE_SECONDS)

    async def look(self) -> None:
        """Let go of what the cloud has lost; while it cannot be asked, its machines are down."""
        if not isinstance(self._cloud, Watched):
            self._reach.find()  # it is believed to be there again until it fails again
            return
        records = self._records()
        ids = [r.instance["instance_id"] for r in records.values() if r.instance]
        if not (records or self._reach.is_waited_for or self._reach.away):
            return  # nobody wants to know
        try:
            lost = await self._ask(self._cloud, ids)
        except Exception as error:
            self._reach.lose(error)
        else:
            self._reach.find()
            for place in self._places(lost):
                await self._lose(place)
        self._tell()

    async def _ask(self, cloud: Watched, ids: Sequence[str]) -> Mapping[str, str]:
        """Return what the cloud says; a question that it leaves open is not put twice at once."""
        now = asyncio.get_running_loop().time()
        if self._asking and now - self._asked_at > _AGAIN_SECONDS:
            self._asking.cancel()
            self._asking = None
        if self._asking is None:
            self._asking, self._asked_at = asyncio.create_task(_answer(cloud, ids)), now
        await asyncio.wait({self._asking}, timeout=_PATIENCE_SECONDS)
        if not self._asking.done():
            raise CloudAwayError(
                f'cloud "{self._cloud.name}" does not answer',
                "is it up, and can it be reached from here?",
            )
        answered, self._asking = self._asking, None
        return answered.result()

    def _places(self, lost: Iterable[str]) -> list[Place]:
        known = {machine.instance.instance_id: place for place, machine in self._attached.items()}
        return [known[instance] for instance in lost if instance in known]

    def _records(self) -> dict[Place, Machine]:
        store = self._site.store
        return {
            (uuid, record.id): record
            for uuid in store.models()
            for record in store.all(Machine, uuid)
        }

    def _tell(self) -> None:
        """Write into the records what follows from whether the cloud can be asked."""
        with self._site.store.transaction() as tx:
            for (model, name), record in self._records().items():
                now = self._site.at(model).now()
                is_attached = (model, name) in self._attached
                changes: Any = seen(record, self._reach.away, now, is_attached=is_attached)
                if changes:
                    tx.put(model, replace(record, **changes))


async def _answer(cloud: Watched, ids: Sequence[str]) -> Mapping[str, str]:
    return await cloud.lost(ids)


def seen(
    record: Machine, away: CloudAwayError | None, now: float, *, is_attached: bool
) -> Changes:
    """Return what changes of a machine's statuses while its cloud is away, and afterwards."""
    if record.status.current == "pending":  # it is being made, which may hang
        said = away.message if away else ""
        is_told = record.status.message == said
        return {} if is_told else {"status": StatusInfo("pending", said, now)}
    was_away = record.status.current == _AWAY
    if away is None and was_away and is_attached:
        running, started = StatusInfo("running", "Running", now), StatusInfo("started", "", now)
        return {"status": running, "agent": started}
    if away is None or (was_away and record.status.message == away.message):
        return {}
    return not_attached(record, away, now) if record.agent.current in _WAS_THERE else {}


_WAS_THERE = ("started", "down")


def not_attached(record: Machine, error: Exception, now: float) -> Changes:
    """Return the statuses of a machine that could not be made or, if it was, not be reached."""
    is_away = isinstance(error, CloudAwayError)
    said = error.message if is_away else str(error)  # the advice is the same for each machine
    if record.agent.current not in _WAS_THERE:
        return {"status": StatusInfo("provisioning error", said, now)}
    status = StatusInfo(_AWAY if is_away else "provisioning error", said, now)
    since = record.agent.since if record.agent.current == "down" else now
    return {"status": status, "agent": StatusInfo("down", "agent is not communicating", since)}
