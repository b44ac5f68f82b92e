"""API of `wait-for`: the awaited state, told by the records, never by asking again."""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

from kafkastack.controller.api.kinds import Seconds
from kafkastack.controller.api.session import Session
from kafkastack.controller.documents import status_document
from kafkastack.errors import NotFoundError, TimeoutExceededError
from kafkastack.model.query import Scope, holds, parse_query

Document = dict[str, Any]
Kind = Literal["application", "machine", "model", "unit"]

_TOGETHER = 0.02  # seconds in which several commits are looked at once
_PARTS = {"application": "applications", "machine": "machines"}


async def wait_for(s: Session, kind: Kind, name: str, query: str, timeout: Seconds) -> None:
    """Wait until a query is true of an application, a unit, a machine or the model.

    What is not there yet is waited for. What has gone is looked at once more as it was, with the
    life "dead"; NotFoundError if the query is not true then. Tells each status it comes by.
    """
    meaning, told = parse_query(query), ""
    last: Scope | None = None
    with s.store.watch() as changed:
        try:
            async with asyncio.timeout(timeout):
                while True:
                    changed.clear()
                    scope = _scope(s, kind, name)
                    if scope is None and last is not None:
                        return _gone(holds(meaning, {**last, "life": "dead"}), kind, name)
                    last = scope
                    if scope is not None and holds(meaning, scope):
                        return None
                    told = await _tell(s, kind, name, scope, told)
                    await changed.wait()
                    await asyncio.sleep(_TOGETHER)
        except TimeoutError as error:
            raise TimeoutExceededError(
                f'timed out waiting for "{name}" to reach goal state',
                f"it is {told or 'not there'}; look at: kafkastack {_where_to_look(name, told)}",
            ) from error


def _where_to_look(name: str, told: str) -> str:
    return f"hooks {name}" if told == "error" else "status"


def _gone(is_wanted: bool, kind: str, name: str) -> None:
    if not is_wanted:
        raise NotFoundError(
            f'{kind} "{name}" was removed before it reached its goal state',
            "look at: kafkastack status",
        )


async def _tell(s: Session, kind: str, name: str, scope: Scope | None, told: str) -> str:
    """Tell how it is, where that is news; return it."""
    status = scope.get("workload-status", scope["status"]) if scope else "not there yet"
    if status != told:
        await s.progress(f'{kind} "{name}" is {status}')
    return str(status)


def _scope(s: Session, kind: str, name: str) -> Scope | None:
    """Return what a query may ask of an entity, None if it is not there."""
    model = s.find_model(name if kind == "model" else s.model_name)
    if model is None:
        return None
    session = s.of_model(model.name)
    document: Document = status_document(s.store, model.uuid, session.facts, session.metas(), [])
    units: dict[str, Scope] = {
        unit: _unit(unit, shown)
        for application in document["applications"].values()
        for unit, shown in application.get("units", {}).items()
    }
    if kind == "model":
        applications = {
            one: _application(one, shown, units) for one, shown in document["applications"].items()
        }
        status = document["model"]["model-status"]["current"]
        return {
            "name": model.name,
            "life": model.life,
            "status": status,
            "applications": applications,
            "units": units,
            "machines": document["machines"],
        }
    if kind == "unit":
        return units.get(name)
    shown = document[_PARTS[kind]].get(name)
    if shown is None:
        return None
    return _machine(name, shown) if kind == "machine" else _application(name, shown, units)


def _application(name: str, shown: Mapping[str, Any], units: Mapping[str, Scope]) -> Scope:
    mine = {unit: scope for unit, scope in units.items() if unit.rpartition("/")[0] == name}
    return {
        "name": name,
        "life": shown.get("life") or "alive",
        "status": shown["application-status"]["current"],
        "charm": shown["charm"],
        "exposed": shown["exposed"],
        "units": mine,
    }


def _unit(name: str, shown: Mapping[str, Any]) -> Scope:
    return {
        "name": name,
        "application": name.rpartition("/")[0],
        "life": shown.get("life") or shown["juju-status"].get("life") or "alive",
        "machine": shown.get("machine", ""),
        "leader": shown.get("leader", False),
        "workload-status": shown["workload-status"]["current"],
        "agent-status": shown["juju-status"]["current"],
        "status": shown["juju-status"]["current"],
    }


def _machine(name: str, shown: Mapping[str, Any]) -> Scope:
    return {
        "id": name,
        "name": name,
        "life": shown["juju-status"].get("life") or "alive",
        "status": shown["juju-status"]["current"],
        "instance-id": shown["instance-id"],
        "base": shown.get("base", {}).get("name", ""),
    }
