"""What can be seen: status, units, the log, the hooks."""

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

from kafkastack.controller.api.session import Session
from kafkastack.controller.documents import show_unit_document, status_document
from kafkastack.store.journal import LogLine


async def status(s: Session, selectors: list[str], utc_offset: int = 0) -> dict[str, Any]:
    """Return the status, shaped as Juju's JSON; its times are `utc_offset` seconds off UTC."""
    facts = replace(s.facts, timezone=timezone(timedelta(seconds=utc_offset)))
    return status_document(s.store, s.model().uuid, facts, s.metas(), selectors)


async def show_unit(s: Session, units: list[str]) -> dict[str, Any]:
    """Return units with their relation data."""
    names = [s.unit(name).name for name in units]
    return show_unit_document(s.store, s.model().uuid, names)


async def debug_log(s: Session, lines: int, follow: bool) -> list[list[Any]]:
    """Return the newest lines (0: all); with `follow` tell new ones until the client goes."""
    model, journal = s.model().uuid, s.service.site.journal
    shown = journal.read_log(model, limit=lines)
    if not follow:
        return [_row(line) for line in shown]
    last = 0
    with journal.watch() as changed:
        while True:
            changed.clear()  # first: lines come while these are being told
            for line in shown:
                await s.progress(_row(line))
                last = line.id
            await changed.wait()
            shown = journal.read_log(model, after=last)


def _row(line: LogLine) -> list[Any]:
    return [line.time, line.entity, line.level, line.module, line.message]
