"""Server of this unit: its files, how it differs from them, and how it is entered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import render
from kafkastack_charms import files, properties, service, trust
from kafkastack_charms.inputs import Inputs
from kafkastack_charms.jar import stamp_of
from kafkastack_charms.service import Change, Service
from kafkastack_charms.watcher import Place
from quorum import PLAIN_PORT, TLS_PORT, Ports, format_members, parse_members, server_id
from render import Layout, Settings
from state import App, Peer

DYNAMIC = "dynamicConfigFile"


def first_members(me: Peer, peers: Iterable[Peer], app: App) -> dict[int, str] | None:
    """Return the members to start with for the first time, or None while it is too early."""
    known = {peer.sid: peer.unit.address for peer in peers if peer.is_member}
    if known or me.unit.is_started or app.founder == me.unit.name:
        return {**known, me.sid: me.unit.address}
    return None


def files_of(inputs: Inputs, settings: Settings, layout: Layout, jar: Path) -> dict[Path, str]:
    """Return every file that is read at the start, but the two that the server changes itself."""
    return {
        layout.data / "myid": f"{server_id(inputs.unit)}\n",
        layout.conf / "jaas.conf": render.jaas(settings),
        layout.conf / "log4j.properties": render.logging(settings.options.log_level, layout.logs),
        layout.conf / "java.args": render.java_arguments(layout, jar, stamp_of(jar)),
    }


class Stores(NamedTuple):
    """Certificates by what has to be done for another one."""

    live: dict[Path, str]  # the server reads them again while it runs
    at_start: dict[Path, str]


def stores_of(layout: Layout, settings: Settings, stores: trust.Stores | None) -> Stores:
    """Return the certificates: members take another one at once, the port of clients does not."""
    wanted = stores if render.needs_certificate(settings) else None
    texts = layout.certificates.texts(wanted)
    if TLS_PORT not in settings.ports:
        return Stores(texts, {})
    truststore = layout.certificates.truststore
    return Stores(
        live={truststore: texts.pop(truststore)} if texts else {},
        at_start=texts,
    )


def find_change(
    server: Service,
    layout: Layout,
    unit: str,
    wanted: dict[str, str],
    texts: tuple[dict[Path, str], dict[Path, str]],
) -> Change:
    """Return how the server differs from its static configuration, its files and its stores."""
    running = _running(layout)
    running.pop(DYNAMIC, None)
    return Change.RESTART if running != wanted else service.find_change(server, unit, *texts)


def files_to_start(
    layout: Layout,
    jar: Path,
    wanted: dict[str, str],
    texts: dict[Path, str],
    members: dict[int, str],
) -> dict[Path, str]:
    """Return everything that a start needs.

    The membership that the server keeps itself is left alone, unless it does not hold this
    server: one that was interrupted before it joined would refuse to start with it.
    """
    dynamic = _running(layout).get(DYNAMIC, str(layout.first_members))
    if int(texts[layout.data / "myid"]) not in parse_members(files.read(Path(dynamic))):
        dynamic = str(layout.first_members)
        texts = {**texts, layout.first_members: format_members(members)}
    # Not compared: an archive made in the meantime is no reason to restart.
    archive = render.archive_arguments(jar, jar.with_suffix(".jsa").is_file())
    return {
        **texts,
        layout.zoo_cfg: properties.write({**wanted, DYNAMIC: dynamic}),
        layout.conf / "archive.args": archive,
    }


def read_members(layout: Layout) -> dict[int, str]:
    """Return the members that the server has last seen confirmed, empty before its first start.

    The server names the file after the version of the membership; the one we gave it has none.
    """
    named = Path(_running(layout).get(DYNAMIC, ""))
    return parse_members(files.read(named)) if named.name.startswith("zoo.cfg.") else {}


def _running(layout: Layout) -> dict[str, str]:
    return properties.parse(files.read(layout.zoo_cfg))


def place(layout: Layout, address: str, ports: Ports) -> Place:
    """Return where a server answers: without TLS as long as it may."""
    if PLAIN_PORT in ports or not ports:
        return Place(address, PLAIN_PORT)
    return Place(address, ports[0], str(layout.certificates.truststore))


class Login(NamedTuple):
    """How the user super enters this server."""

    place: Place
    password: str


def read_login(layout: Layout) -> Login | None:
    """Read from the server's own files how to enter it, None where it never ran."""
    running = _running(layout)
    match = re.search(r'user_super="([^"]+)"', files.read(layout.conf / "jaas.conf"))
    for port, name in render.PORT_NAMES.items():
        if match and name in running:
            where = place(layout, running[f"{name}Address"], (port,))
            return Login(where, match[1])
    return None
