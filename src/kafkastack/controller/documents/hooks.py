"""Document of `hooks`: what a unit's charm has run, with times, ends and calls."""

from collections.abc import Iterable
from datetime import tzinfo

from kafkastack.controller.documents.facts import Document
from kafkastack.controller.documents.times import since_text
from kafkastack.model.records import Hook, Unit
from kafkastack.store.journal import HookRecord


def hooks_document(
    records: Iterable[HookRecord], running: Iterable[tuple[Unit, Hook]], timezone: tzinfo
) -> list[Document]:
    """Return what has run, oldest first, then what runs; what does not apply is left out."""
    return [
        *(_ended(record, timezone) for record in records),
        *(_running(unit, hook, timezone) for unit, hook in running),
    ]


def _ended(record: HookRecord, timezone: tzinfo) -> Document:
    shown = _begun(record.unit, record.started, record.kind, record.hook, record.subject, timezone)
    shown["seconds"] = round(record.seconds, 3)
    shown["return-code"] = record.returncode
    if record.traceback:
        shown["traceback"] = record.traceback
    shown["calls"] = [_call(*call) for call in record.calls]
    return shown


def _running(unit: Unit, hook: Hook, timezone: tzinfo) -> Document:
    return _begun(unit.name, unit.agent.since, "hook", hook.name, hook.subject, timezone)


def _begun(
    unit: str, since: float, kind: str, name: str, subject: str, timezone: tzinfo
) -> Document:
    moment = since_text(since, timezone)
    shown: Document = {"unit": unit, "since": moment, "kind": kind, "name": name}
    return {**shown, "subject": subject} if subject else shown


def _call(tool: str, arguments: str, milliseconds: float, code: int) -> Document:
    return {
        "tool": tool,
        "arguments": arguments,
        "milliseconds": milliseconds,
        "return-code": code,
    }
