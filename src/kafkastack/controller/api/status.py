"""API of what can be seen: status, units, the log, the status log."""

import asyncio
from datetime import timedelta, timezone
from typing import Any

from msgspec.structs import replace

from kafkastack.controller.api.kinds import Count, Offset, Zone
from kafkastack.controller.api.session import Session, listing
from kafkastack.controller.documents import show_unit_document, status_document
from kafkastack.controller.documents.log_filter import LogFilter
from kafkastack.controller.documents.times import since_text, zone_of
from kafkastack.errors import NotFoundError, UsageError
from kafkastack.model.records import Application, Machine, Model, Unit
from kafkastack.store.journal import NEWEST, Journal, LogLine

_LINES_AT_ONCE = 200  # of the log: more are not in memory together, however many are told


async def status(
    s: Session, selectors: list[str], utc_offset: Offset = 0, iso: bool = False
) -> dict[str, Any]:
    """Return the status, shaped as Juju's JSON; its times are `utc_offset` seconds off UTC."""
    zone_ = timezone(timedelta(seconds=utc_offset))
    facts = replace(s.facts, timezone=zone_, iso=iso, damaged=s.damaged())
    return status_document(s.store, s.model().uuid, facts, s.metas(), selectors)


async def show_unit(s: Session, units: list[str]) -> dict[str, Any]:
    """Return units with their relation data."""
    names = [s.unit(name).name for name in units]
    return show_unit_document(s.store, s.model().uuid, names)


async def debug_log(
    s: Session, lines: Count, follow: bool, wanted: LogFilter, after: Count = 0
) -> None:
    """Tell the newest lines (0: all), a few at once; with `follow` new ones until the client goes.

    `after` is the number of the last line that the client has, when it comes again.
    """
    model, journal = s.model().uuid, s.service.site.journal
    newest = journal.read_log_back(model, NEWEST, 1)
    until = NEWEST if follow or not newest else newest[0].id  # who logs on keeps nobody reading
    if lines and not after:
        after = await _before_the_newest(journal, model, lines, wanted)
    with journal.watch() as changed:
        while True:
            changed.clear()  # first: lines come while these are being told
            while unread := journal.read_log(model, after, _LINES_AT_ONCE, until):
                for line in wanted.leaves(unread):
                    await s.progress(_row(line))
                after = unread[-1].id
            if not follow:
                return
            await changed.wait()


async def _before_the_newest(journal: Journal, model: str, count: int, wanted: LogFilter) -> int:
    """Return the id behind which the newest `count` lines that are wanted begin."""
    until = NEWEST
    while lines := journal.read_log_back(model, until, _LINES_AT_ONCE):
        fitting = wanted.leaves(lines)
        if len(fitting) >= count:
            return fitting[count - 1].id - 1
        count, until = count - len(fitting), lines[-1].id - 1
        await asyncio.sleep(0)  # others go on
    return 0


async def show_status_log(
    s: Session, entity: str, kind: str, newest: Count, since: float, zone: Zone, iso: bool
) -> list[dict[str, Any]]:
    """Return which statuses an entity of the model has had, oldest first."""
    kinds, what = _status_kinds(kind)
    _check_entity(s, what, entity)
    name = s.model().key if what is Model else entity
    lines = s.service.site.journal.read_status(s.model().uuid, name, kinds, since, newest)
    return [
        {
            "status": line.current,
            "message": line.message,
            "since": since_text(line.time, zone_of(*zone), iso=iso),
            "type": line.kind,
        }
        for line in lines
    ]


_KINDS: dict[str, tuple[tuple[str, ...], type]] = {
    "unit": (("juju-unit", "workload"), Unit),
    "juju-unit": (("juju-unit",), Unit),
    "workload": (("workload",), Unit),
    "machine": (("machine",), Machine),
    "juju-machine": (("juju-machine",), Machine),
    "container": (("machine",), Machine),
    "juju-container": (("juju-machine",), Machine),
    "application": (("application",), Application),
    "model": (("model",), Model),
}


def _status_kinds(kind: str) -> tuple[tuple[str, ...], type]:
    if kind not in _KINDS:
        raise UsageError(f'unexpected status type "{kind}"', f"there are: {', '.join(_KINDS)}")
    return _KINDS[kind]


def _check_entity(s: Session, what: type, name: str) -> None:
    if what is Unit:
        s.unit(name)
    elif what is Application:
        s.application(name)
    elif what is Model and name != s.model().name:
        raise NotFoundError(f'model "{name}" not found', f"name it: -m {name}")
    elif what is Machine and s.store.find(Machine, s.model().uuid, name) is None:
        known = [machine.id for machine in s.store.all(Machine, s.model().uuid)]
        raise NotFoundError(f"machine {name} not found", listing("machines are", known))


def _row(line: LogLine) -> list[Any]:
    return [line.id, line.time, line.entity, line.level, line.module, line.message]
