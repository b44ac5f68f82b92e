"""Which broker this unit runs, and whether it differs from the one on disk."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path
from shutil import which
from typing import NamedTuple

import render
import shell
import state
import templates
from kafkastack_charms import files, host, systemd
from kafkastack_charms.jar import Jar
from kafkastack_charms.tls import UnitCertificate
from listeners import Listener
from render import Layout, Settings
from state import Addresses, Peer
from watcher import Door

_VERSION = re.compile(rb"(?:kafka-clients-|^version=)(\d+(?:\.\d+)+)", re.MULTILINE)


class Machine(NamedTuple):
    """What this machine gives to the broker."""

    layout: Layout
    jar: Path
    java: str
    user: str | None
    addresses: Addresses
    chosen: Jar


class Change(Enum):
    """How a running broker differs from what it should be."""

    NOTHING = auto()
    DOORS = auto()  # can be changed while it runs
    RESTART = auto()


def digest(settings: Settings) -> str:
    """Name what all brokers have in common."""
    return _hash(
        settings,
        language(settings),
        min(3, settings.planned_units),
        settings.options.properties,
        settings.options.profile,
        settings.options.log_level,
        settings.connection._asdict(),
        [door.port for door in settings.doors],
        settings.jar,
    )


def language(settings: Settings) -> str:
    """Name how brokers talk to each other."""
    return _hash(settings, settings.encrypted, settings.credentials.sync_password)


def _hash(settings: Settings, *parts: object) -> str:
    # Gives nothing away: the key in it is random.
    text = json.dumps([settings.credentials.users_key, *parts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def is_my_turn(broker_id: int, wanted: str, peers: Iterable[Peer]) -> bool:
    """Tell whether all running units with lower numbers are ready with the wanted settings."""
    return all(p.applied == wanted for p in peers if p.applied and p.broker_id < broker_id)


def needed_files(
    machine: Machine, settings: Settings, keys: UnitCertificate | None
) -> dict[Path, str]:
    """Return every file of which a change is a reason to restart, but server.properties."""
    layout, options = machine.layout, settings.options
    stat = machine.jar.stat()
    mark = f"{stat.st_size} bytes of {stat.st_mtime_ns}"
    flags = templates.heap(options.profile, host.memory())
    wanted = {
        layout.conf / "jaas.conf": render.jaas(settings.offer),
        layout.conf / "log4j.properties": templates.log4j(options.log_level, layout.logs),
        layout.conf / "java.args": templates.java_arguments(layout, machine.jar, mark, flags),
        layout.charm / state.SERVER: templates.server_unit(
            layout, machine.java, machine.user, options.profile
        ),
    }
    if settings.encrypted and keys:
        wanted |= {layout.keystore: keys.keystore, layout.truststore: keys.ca}
    if settings.connection.encrypted and (authority := _zookeeper_authority(settings, keys)):
        wanted[layout.zookeeper_truststore] = authority
    return wanted


def _zookeeper_authority(settings: Settings, keys: UnitCertificate | None) -> str:
    # Charmed ZooKeeper does not tell its authority; it is the same as ours then.
    return settings.offer.authority or (keys.ca if keys else "")


def other_files(machine: Machine, settings: Settings, hosts: Iterable[str]) -> dict[Path, str]:
    """Return the files that the broker itself does not read again."""
    layout = machine.layout
    fits = settings.options.profile == "testing" and machine.jar.with_suffix(".jsa").is_file()
    client = render.client_properties(settings, hosts, layout)
    return {
        layout.client_properties: render.properties(client),
        layout.conf / "archive.args": templates.archive_arguments(machine.jar, fits),
        layout.charm / "environment": templates.environment(layout),
    }


def find_change(layout: Layout, wanted: dict[str, str], others: dict[Path, str]) -> Change:
    """Return how the broker differs from what it should be."""
    running = render.parse_properties(files.read(layout.server_properties))
    is_interrupted = layout.pending.exists()
    if is_interrupted or files.outdated(others) or running.keys() != wanted.keys():
        return Change.RESTART
    changed = {key for key, value in wanted.items() if running[key] != value}
    if not changed:
        return Change.NOTHING
    return Change.DOORS if changed <= {"listeners", "advertised.listeners"} else Change.RESTART


def install(machine: Machine, wanted: dict[str, str], others: dict[Path, str]) -> None:
    """Write everything and restart the broker."""
    layout = machine.layout
    note(layout.pending, True)
    write_properties(machine, wanted)
    _write(machine, others)
    systemd.enable_and_restart(layout.charm / state.SERVER)
    note(layout.pending, False)
    for path in {layout.keystore, layout.truststore, layout.zookeeper_truststore} - set(others):
        path.unlink(missing_ok=True)


def _write(machine: Machine, texts: dict[Path, str]) -> None:
    """Write files of the broker; what root acts on, such as its unit, is not the broker's own."""
    ours = {path: text for path, text in texts.items() if path.parent == machine.layout.charm}
    files.write(ours, None)
    files.write({p: text for p, text in texts.items() if p not in ours}, machine.user)


def write_properties(machine: Machine, wanted: dict[str, str]) -> None:
    """Write the configuration of the broker."""
    text = {machine.layout.server_properties: render.properties(wanted)}
    files.write(text, machine.user)


def prepare(machine: Machine, settings: Settings, hosts: Iterable[str]) -> None:
    """Make the folders, and what a person on this unit needs."""
    layout = machine.layout
    files.make_folders((layout.conf, layout.logs, *layout.data), machine.user)
    _write(machine, files.outdated(other_files(machine, settings, hosts)))
    programs = {
        layout.bin / f"charmed-kafka.{name}": templates.program(
            layout, machine.java, machine.jar, main
        )
        for name, main in templates.PROGRAMS.items()
    }
    layout.bin.mkdir(exist_ok=True)
    files.write(files.outdated({layout.tools_log4j: templates.tools_log4j()}), None, 0o644)
    files.write(files.outdated(programs), None, 0o755)
    shell.publish(programs, templates.places(layout))


def read_keys(layout: Layout) -> UnitCertificate | None:
    """Return the keys that the broker runs with, for the way back to plain."""
    keystore, authority = files.read(layout.keystore), files.read(layout.truststore)
    return UnitCertificate(keystore, authority) if keystore and authority else None


def note(path: Path, holds: bool) -> None:
    """Tell the watcher something by a file that exists or not."""
    if holds:
        path.touch()
    else:
        path.unlink(missing_ok=True)


def door(machine: Machine, internal: Listener) -> Door:
    """Return where this broker is asked whether it is there."""
    return Door(machine.addresses.bind, internal.port)


def keep_watcher(machine: Machine, where: Door, unit: str) -> None:
    """Run the watcher, where Juju can be called at all."""
    juju = which("juju-exec") or which("juju-run")
    if juju is None:
        return
    layout = machine.layout
    command = (
        str(Path(sys.executable).resolve()),  # not the environment's: it needs no package
        *("-IS", str(layout.charm / "src" / "watcher.py")),
        *("--juju-exec", juju, "--unit", unit, "--dispatch", str(layout.charm / "dispatch")),
        *("--ready", str(layout.seen_ready), "--unfinished", str(layout.unfinished)),
        *("--address", where.address, "--port", str(where.port)),
    )
    unit_file = layout.charm / state.WATCHER
    text = {unit_file: templates.watcher_unit(command)}
    if files.outdated(text):
        files.write(text, None)
        systemd.enable_and_restart(unit_file)


def retire(charm: Path, patience: float | None) -> None:
    """Stop the broker of a charm's folder for good, and first whoever would tell of that."""
    for service in (state.WATCHER, state.SERVER):
        systemd.disable(charm / service, patience)


def read_version(jar: Path) -> str:
    """Return the version of the distribution, empty where it does not say."""
    with suppress(KeyError, OSError, zipfile.BadZipFile), zipfile.ZipFile(jar) as archive:
        names = set(archive.namelist())
        name = "kafka/kafka-version.properties"
        text = archive.read(name if name in names else "META-INF/MANIFEST.MF")
        match = _VERSION.search(text.replace(b"\r\n ", b""))
        return match[1].decode() if match else ""
    return ""
