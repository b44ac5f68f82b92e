"""Status infos as Juju's maps of current, message, since, version and life."""

from datetime import tzinfo

from kafkastack.controller.documents.facts import Document, ModelFacts
from kafkastack.controller.documents.times import since_text
from kafkastack.model.records import FailedHook, Life, StatusInfo


def status_info(status: StatusInfo, facts: ModelFacts, life: Life = "alive") -> Document:
    """Return a status; empty parts are left out as Juju leaves them out."""
    info: Document = {"current": status.current}
    if status.message:
        info["message"] = status.message
    if status.since:
        info["since"] = since_text(status.since, facts.timezone, iso=facts.iso)
    if life != "alive":
        info["life"] = life
    return info


def failed_hook(failed: FailedHook, timezone: tzinfo, *, is_retried: bool = True) -> Document:
    """Return what `status` adds to Juju's error: the hook, its attempts and its traceback."""
    shown: Document = {"hook": failed.hook.name, "attempts": failed.attempts}
    if failed.retry_at and is_retried:
        shown["next-attempt"] = since_text(failed.retry_at, timezone)
    if failed.traceback:
        shown["traceback"] = failed.traceback
    return shown


def base_map(base: str) -> Document:
    """Return "ubuntu@24.04" as Juju's map of name and channel."""
    name, _, channel = base.partition("@")
    return {"name": name, "channel": channel}
