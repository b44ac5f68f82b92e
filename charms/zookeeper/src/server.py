"""Which server this unit runs, and whether it differs from the one on disk."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from shutil import which
from typing import NamedTuple

import render
import state
import watcher
from kafkastack_charms import files, systemd
from kafkastack_charms.jar import Jar
from kafkastack_charms.tls import UnitCertificate
from quorum import PLAIN_PORT, Ports, format_members, parse_members, server_id
from render import Layout, Settings
from state import Addresses, App, Peer
from watcher import Door

DYNAMIC = "dynamicConfigFile"


class Machine(NamedTuple):
    """What this machine gives to the server."""

    layout: Layout
    jar: Path
    java: str
    user: str | None
    addresses: Addresses
    chosen: Jar


def first_members(me: Peer, peers: Iterable[Peer], app: App) -> dict[int, str] | None:
    """Return the members to start with for the first time, or None while it is too early."""
    known = {peer.sid: peer.address for peer in peers if peer.is_member}
    if known or me.applied or app.founder == me.name:
        return {**known, me.sid: me.address}
    return None


def wanted_files(
    machine: Machine, settings: Settings, keys: UnitCertificate | None, name: str
) -> dict[Path, str]:
    """Return every file of the server but the two that it changes itself."""
    layout = machine.layout
    stat = machine.jar.stat()
    wanted = {
        layout.data / "myid": f"{server_id(name)}\n",
        layout.conf / "jaas.conf": render.jaas(settings),
        layout.conf / "log4j.properties": render.log4j(settings.log_level),
        layout.conf / "java.args": render.java_arguments(
            layout, machine.jar, f"{stat.st_size} bytes of {stat.st_mtime_ns}"
        ),
        layout.charm / state.SERVER: render.server_unit(layout, machine.java, machine.user),
    }
    if keys and render.needs_keys(settings):
        wanted |= {layout.keystore: keys.keystore, layout.truststore: keys.ca}
    return wanted


def read_members(layout: Layout) -> dict[int, str]:
    """Return the members that the server has last seen confirmed, empty before its first start.

    The server names the file after the version of the membership; the one we gave it has none.
    """
    named = Path(_running(layout).get(DYNAMIC, ""))
    return parse_members(files.read(named)) if named.name.startswith("zoo.cfg.") else {}


def _running(layout: Layout) -> dict[str, str]:
    return render.parse_properties(files.read(layout.zoo_cfg))


def differs(layout: Layout, wanted: dict[str, str], others: dict[Path, str]) -> bool:
    """Tell whether the server runs with anything else than wanted."""
    running = _running(layout)
    running.pop(DYNAMIC, None)
    return running != wanted or bool(files.outdated(others))


def install(
    machine: Machine, wanted: dict[str, str], others: dict[Path, str], members: dict[int, str]
) -> None:
    """Write everything and restart the server.

    The membership that the server keeps itself is left alone, unless it does not hold this
    server: one that was interrupted before it joined would refuse to start with it.
    """
    layout = machine.layout
    files.make_folders((layout.conf, layout.data), machine.user)
    dynamic = _running(layout).get(DYNAMIC, str(layout.first_members))
    if int(others[layout.data / "myid"]) not in parse_members(files.read(Path(dynamic))):
        dynamic = str(layout.first_members)
        others = {**others, layout.first_members: format_members(members)}
    archive = render.archive_arguments(machine.jar, machine.jar.with_suffix(".jsa").is_file())
    unit = layout.charm / state.SERVER
    files.write({unit: others[unit]}, None)  # root acts on it: it is not the server's own
    texts = {
        **{path: text for path, text in others.items() if path != unit},
        layout.zoo_cfg: render.properties({**wanted, DYNAMIC: dynamic}),
        # Not compared: an archive made in the meantime is no reason to restart.
        layout.conf / "archive.args": archive,
    }
    files.write(texts, machine.user)
    systemd.enable_and_restart(unit)
    if layout.keystore not in others:
        layout.keystore.unlink(missing_ok=True)


def door(layout: Layout, address: str, ports: Ports) -> Door:
    """Return where this server answers: without TLS as long as it may."""
    if PLAIN_PORT in ports or not ports:
        return Door(address, PLAIN_PORT)
    return Door(address, ports[0], str(layout.truststore))


class Login(NamedTuple):
    """How the user super enters this server."""

    door: Door
    password: str


def read_login(layout: Layout) -> Login | None:
    """Read from the server's own files how to enter it, None where it never ran."""
    running = _running(layout)
    match = re.search(r'user_super="([^"]+)"', files.read(layout.conf / "jaas.conf"))
    for port, name in render.PORT_NAMES.items():
        if match and name in running:
            where = door(layout, running[f"{name}Address"], (port,))
            return Login(where, match[1])
    return None


def read_keys(layout: Layout) -> UnitCertificate | None:
    """Return the keys that the server runs with, for the way back to plain."""
    keystore, authority = files.read(layout.keystore), files.read(layout.truststore)
    return UnitCertificate(keystore, authority) if keystore and authority else None


def remember(layout: Layout, serves: bool) -> None:
    """Tell the watcher what this hook saw."""
    if serves:
        layout.seen_serving.touch()
    else:
        layout.seen_serving.unlink(missing_ok=True)


def wait_until_serving(door: Door, patience: float) -> str:
    """Return the server's answer as soon as it serves, or its last one after some seconds."""
    deadline = time.monotonic() + patience
    while True:
        answer = watcher.ask(door)
        if watcher.mode(answer) or time.monotonic() >= deadline:
            return answer
        time.sleep(0.03)


def keep_watcher(machine: Machine, where: Door, unit: str) -> None:
    """Run the watcher, where Juju can be called at all."""
    juju = which("juju-exec") or which("juju-run")
    if juju is None:
        return
    charm = machine.layout.charm
    command = (
        str(Path(sys.executable).resolve()),  # not the environment's: it needs no package
        *("-IS", str(charm / "src" / "watcher.py")),
        *("--juju-exec", juju, "--unit", unit, "--dispatch", str(charm / "dispatch")),
        *("--seen", str(machine.layout.seen_serving)),
        *("--address", where.address, "--port", str(where.port)),
        *(("--authority", where.authority) if where.authority else ()),
    )
    unit_file = charm / state.WATCHER
    text = {unit_file: render.watcher_unit(command)}
    if files.outdated(text):
        files.write(text, None)
        systemd.enable_and_restart(unit_file)
