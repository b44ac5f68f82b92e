"""API of an application's charm, and of the resources it was given."""

from typing import Any

from kafkastack.controller.api.session import Session
from kafkastack.controller.documents import show_application_document
from kafkastack.model.records import Charm


async def show_application(s: Session, applications: list[str]) -> dict[str, Any]:
    """Return the named applications."""
    return show_application_document(s.store, s.model().uuid, applications, s.metas())


async def resources(s: Session, application: str) -> list[dict[str, str]]:
    """Return the resources of an application, or of a unit's: what they are, where from."""
    record = s.unit(application).application if "/" in application else application
    found = s.application(record)
    charm = s.store.get(Charm, s.model().uuid, found.charm)
    rows: list[dict[str, str]] = []
    for name, meta in sorted(s.meta(found).resources.items()):
        given, artifact = found.resources.get(name), charm.resources.get(name, "")
        rows.append(
            {
                "name": name,
                "type": meta.type,
                "description": meta.description,
                "origin": "upload" if given else "store" if artifact else "missing",
                "revision": str(found.uploads[name].index(given) + 1) if given else "",
                "file": given or artifact or meta.filename,
            }
        )
    return rows
