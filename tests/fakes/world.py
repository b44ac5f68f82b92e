"""A model in a store, and the hook tools of its units, without any process."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kafkastack.clouds.protocol import Completed, Instance
from kafkastack.errors import KafkastackError
from kafkastack.hooktools.context import Environment, HookContext
from kafkastack.hooktools.server import call_tool
from kafkastack.hooktools.tools import Call
from kafkastack.model.charm import CharmMeta
from kafkastack.model.charm_files import parse
from kafkastack.model.records import (
    Application,
    Charm,
    Databag,
    Endpoint,
    Hook,
    Model,
    Relation,
    RelationState,
    StatusInfo,
    Storage,
    Task,
    Unit,
    UnitState,
)
from kafkastack.store.journal import Journal
from kafkastack.store.store import Record, Store

MODEL = "0a1b2c3d-0000-4000-8000-0123456789ab"
METADATA = """\
name: app
peers: {cluster: {interface: cluster}}
requires: {db: {interface: db}}
storage: {data: {type: filesystem, multiple: {range: "0-"}}}
resources: {jar: {type: file, filename: kafka.jar}}
extra-bindings: {metrics: {}}
"""
CONFIG = """\
options:
  size: {type: int, default: 3}
  ratio: {type: float}
  tls: {type: boolean, default: true}
  name: {type: string, default: plain}
"""
PEERS = ("app/0", "app/1")
PEER = Endpoint("app", "cluster", "cluster", "peer")
DB = Endpoint("app", "db", "db", "requirer")
SERVER = Endpoint("server", "server", "db", "provider")
SETTINGS = {"logging-config": "<root>=DEBUG"}


@dataclass
class World:
    """Units app/0 (leader), app/1, server/0; relation 1 is app:db with server:server."""

    folder: Path
    files: dict[str, bytes] = field(default_factory=dict)
    clock: float = 1_000_000_000.0
    read: list[str] = field(default_factory=list)  # files that tools have asked for

    def __post_init__(self) -> None:
        self.store = Store(self.folder / "state.db")
        self.journal = Journal(self.store.database)
        self.meta = parse({"metadata.yaml": METADATA, "config.yaml": CONFIG})
        self.put(
            Model(MODEL, "m", "local", "default", 0.0, config=SETTINGS, sequences={"storage": 7}),
            Charm("d", "app", "local", "", 0, ""),
            Application("app", "app-0-d", 0.0, leader="app/0"),
            Application("server", "app-0-d", 0.0, leader="server/0"),
            *(unit(name) for name in ("app/0", "app/1", "server/0")),
            Relation(0, (PEER,)),
            Relation(1, (SERVER, DB)),
            *(
                Databag(number, owner, {"address": f"of {owner}"}, 1, in_scope=True)
                for number, owners in ((0, PEERS), (1, (*PEERS, "server/0")))
                for owner in owners
            ),
            Databag(1, "server", {"password": "from the server"}, 1),
            told("app/0", {"0": {"app/1": 1}, "1": {"server/0": 1}}),
            told("app/1", {"0": {"app/0": 1}, "1": {"server/0": 1}}),
            told("server/0", {"1": {"app/0": 1, "app/1": 1}}),
            Storage("data/3", "data", "app/0", location="/somewhere/data/3"),
        )

    def put(self, *records: Record) -> None:
        with self.store.transaction() as tx:
            for record in records:
                tx.put(MODEL, record)

    def close(self) -> None:
        self.store.close()

    def run(
        self,
        unit: str = "app/0",
        hook: Hook | None = None,
        task: Task | None = None,
        meta: CharmMeta | None = None,
        **context: Any,
    ) -> "Run":
        """Begin a hook (or action) of a unit."""
        environment = Environment(
            self.store,
            self.journal,
            MODEL,
            unit,
            meta or self.meta,
            Instance("i-0", "127.1.2.1", "host-0", egress_subnet="127.0.0.1/32"),
            self._fetch,
            self._read,
            self._write,
            lambda: self.clock,
        )
        hook = hook or (None if task or context else Hook("config-changed"))
        return Run(self, HookContext(environment, hook=hook, task=task, **context))

    async def _fetch(self, name: str) -> str:
        return f"/resources/{name}/kafka.jar"

    async def _read(self, name: str, most: int) -> bytes:
        if len(self.files[name]) > most:
            raise KafkastackError(f"{name} is larger than {most} bytes")
        self.read.append(name)
        return self.files[name]

    async def _write(self, name: str, content: bytes) -> None:
        self.files[name] = content


@dataclass
class Run:
    """One run of a charm: call tools, then commit or let it fail."""

    world: World
    context: HookContext

    def call(self, *words: str, stdin: bytes = b"", cwd: str = "/") -> Completed:
        """Call a tool as the server does."""
        name, *arguments = words
        return asyncio.run(call_tool(self.context, name, Call(arguments, cwd, stdin)))

    def says(self, *words: str, stdin: bytes = b"") -> str:
        """Return what a tool prints when it succeeds."""
        done = self.call(*words, stdin=stdin)
        assert (done.returncode, done.stderr) == (0, b""), done
        return done.stdout.decode()

    def refuses(self, *words: str, stdin: bytes = b"") -> str:
        """Return what a tool says when it fails, without `ERROR `."""
        done = self.call(*words, stdin=stdin)
        assert done.returncode in (1, 2), done
        assert done.stdout == b""
        text = done.stderr.decode()
        assert text.startswith("ERROR ")
        return text.removeprefix("ERROR ").removesuffix("\n")

    def commit(self) -> None:
        with self.world.store.transaction() as tx:
            self.context.flush(tx)


def unit(name: str, **changes: Any) -> Unit:
    status = StatusInfo("unknown", since=0.0)
    return Unit(name, name[-1], 0.0, status, StatusInfo("idle"), **changes)


def told(name: str, relations: Mapping[str, dict[str, int]]) -> UnitState:
    states = {key: RelationState(True, True, members) for key, members in relations.items()}
    return UnitState(name, installed=True, started=True, relations=states)
