"""Calls of the controller's verbs: each parameter as its verb declares it, of extreme values."""

import asyncio
import inspect
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import fields, replace

from kafkastack.agent.site import Site
from kafkastack.controller.api import API
from kafkastack.controller.api.parameters import checked
from kafkastack.controller.api.session import Session
from kafkastack.controller.service import Service
from kafkastack.model.records import (
    ControllerSettings,
    Machine,
    Model,
    Operation,
    Secret,
    SecretRevision,
    StatusInfo,
    Task,
)
from kafkastack.store.charm_shelf import CharmShelf
from tests.fakes.cloud import FakeCloud
from tests.fakes.world import CONFIG, METADATA, MODEL, World
from tests.fuzz.words import values, words

Call = tuple[str, Mapping[str, Any]]
_STATUS = StatusInfo("started", since=0.0)
_TURNS = 20  # of the loop: who waits for the records after them waits for ever

_names = st.sampled_from(
    [
        *("", " ", "app", "app/0", "app/leader", "app/-1", "app/" + "9" * 30, "app:db", "server"),
        *("m", "0", "1", "-1", "9" * 400, "0/lxd/0", "lxd:0", "local:", "admin/m.app", "a:b/c.d"),
        *("data/3", "data", "act", "ubuntu@22.04", "mem=1e400", "unit", "application", "model"),
        *("machine", "life == 'x'", "x" * 300, "secret:", "juju-info", "/", "..", "k=v", "0" * 30),
        *("9" * 5000, "1e999999999", "mem=" + "9" * 30, "rootfs,9999999999999999T", "0.0.0.0/0"),
    ]
)
_numbers = st.sampled_from(
    [0, 1, -1, 2, 86399, 86400, -86400, 10**9, 2**31, 2**53, 2**63 - 1, -(2**63), 2**63, 10**40]
)
_floats = st.sampled_from(
    [0.0, -0.0, 1.0, -1.0, 1e-300, 1e9, 1e12, 1e18, 1e300, -1e300, 5e-324, 1.7e308]
)
_keys = st.sampled_from(
    [
        *("include", "exclude", "include_modules", "exclude_modules", "include_labels", "level"),
        *("actions", "applications", "units", "machines", "status", "limit", "offset", "size"),
        *("ratio", "tls", "name", "data", "jar", "default-base", "logging-config", "test-mode"),
        *("update-status-hook-interval", "key", "type", "volume-type", ""),
    ]
)


_THERE = {
    **dict.fromkeys(("application", "applications", "entity", "alias"), "app"),
    **dict.fromkeys(("unit", "units", "target", "receiver"), "app/0"),
    "to": "0",
    "placement": "0",
    "task": "2",
    "tasks": "2",
    "operation": "1",
    "name": "app",
    "first": "app:db",
    "second": "server:server",
    "storage": "destroy",
    "kind": "application",
    "action": "act",
    "url": "m.app",
    "query": "life == 'alive'",
    "base": "ubuntu@22.04",
    "secret": "tea",
    "provider": "rootfs",
    "relations": "1",
    "cloud": "fake",
    "file": "b",
}


def calls() -> st.SearchStrategy[Call]:
    """Return calls of every verb, well-typed all of them."""
    return st.sampled_from(sorted(API)).flatmap(_of_verb)


def _of_verb(verb: str) -> st.SearchStrategy[Call]:
    types = inspect.get_annotations(API[verb], eval_str=True)
    given = {
        name: _there(name, types[name]) | _of_type(types[name])
        for name in list(inspect.signature(API[verb]).parameters)[1:]
    }
    return st.tuples(st.just(verb), st.fixed_dictionaries(given))


def _there(name: str, kind: Any) -> st.SearchStrategy[Any]:
    """Return what there is, so that a verb comes further than to look for it."""
    if name not in _THERE:
        return _of_type(kind)
    return st.just([_THERE[name]] if get_origin(kind) is list else _THERE[name])


def _of_type(kind: Any) -> st.SearchStrategy[Any]:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _of_type(inner[0])
    if origin in (UnionType, Union):
        return st.one_of(*map(_of_type, inner))
    if origin is tuple:
        return st.tuples(*map(_of_type, inner)).map(list)
    if origin in (list, Sequence):
        return st.lists(_of_type(inner[0]), max_size=3)
    if origin in (dict, Mapping):
        return st.dictionaries(_keys | words, _of_type(inner[1]), max_size=3)
    if origin is Literal:
        return st.sampled_from(inner)
    if isinstance(kind, type) and issubclass(kind, Struct):
        known = {field.encode_name: _of_type(field.type) for field in fields(kind)}
        return st.fixed_dictionaries({}, optional=known)
    return _OF[kind]


_OF: Mapping[Any, st.SearchStrategy[Any]] = {
    str: _names | words,
    int: _numbers | st.integers(),
    float: _floats | _numbers | st.floats(),
    bool: st.booleans(),
    type(None): st.none(),
    Any: _names | _numbers | _floats | values,
}


def call(made_up: Call, folder: Path) -> None:
    """Ask a model of some records; who goes on to wait is sent away."""
    verb, parameters = made_up
    (folder / "inside").mkdir(exist_ok=True)
    world = World(folder / "inside")
    try:
        asyncio.run(_ask(_session(world), verb, checked(verb, API[verb], parameters)))
    finally:
        world.close()


async def _ask(s: Session, verb: str, parameters: Mapping[str, Any]) -> None:
    asking = asyncio.ensure_future(API[verb](s, **parameters))
    for _ in range(_TURNS):
        if not asking.done():
            await asyncio.sleep(0)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking


def _session(world: World) -> Session:
    charm = world.folder / "charms" / "d"
    charm.mkdir(parents=True)
    (charm / "metadata.yaml").write_text(METADATA)
    (charm / "config.yaml").write_text(CONFIG)
    (charm / "actions.yaml").write_text("act: {params: {size: {type: integer}}}")
    world.put(
        replace(world.store.get(Model, MODEL, "model"), config={"test-mode": "true"}),
        *(Machine(number, "ubuntu@22.04", 0.0, _STATUS, _STATUS) for number in ("0", "1")),
        Secret("9m4e2mr0ui3e8a215n4g", "", 0.0, 0.0, name="tea"),
        SecretRevision("9m4e2mr0ui3e8a215n4g", 1, {"k": "v"}, 0.0),
        Operation(1, "act run on unit-app-0", 0.0, (2,)),
        Task(2, 1, "app/0", "act", 0.0, {}),
    )
    shelf = CharmShelf(world.folder / "charms")
    site = Site(world.store, world.journal, shelf, world.folder, world.folder, _fetch)
    return Session(Service(site, FakeCloud()), "c", "uuid-c", "m", _ignore, ControllerSettings())


async def _fetch(*_: object) -> Path:
    raise AssertionError("nothing is fetched here")


async def _ignore(_message: Any) -> None:
    """Tell nobody."""
