"""Broker of this unit: its files, how it differs from them, and what a person needs beside it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import options
from kafkastack_charms import files, host, java_store, properties, provider, shell
from kafkastack_charms.inputs import Inputs
from kafkastack_charms.jar import stamp_of
from kafkastack_charms.kafka_admin import Login
from kafkastack_charms.service import Change, Service
from kafkastack_charms.trust import Stores
from metadata.connection import must_reconnect

from roles import render, templates
from roles.render import Layout, Settings

_VERSION = re.compile(rb"(?:kafka-clients-|^version=)(\d+(?:\.\d+)+)", re.MULTILINE)
_LISTENERS = frozenset({"listeners", "advertised.listeners"})
LIVE = _LISTENERS | options.LIVE  # what a running broker takes
CONNECT, INTERNAL = "zookeeper.connect", "inter.broker.listener.name"


class Wanted(NamedTuple):
    """What the broker of this unit is to be."""

    properties: dict[str, str]
    unit: str  # the text of its systemd unit
    files: dict[Path, str]  # that are read at the start
    stores: dict[Path, str]  # that are read again while it runs

    def name(self, key: str) -> str:
        """Name all of it; gives nothing away, as the key is random."""
        texts = {str(path): text for path, text in self.files.items()}
        return provider.digest(key, self.properties, self.unit, texts)


class Difference(NamedTuple):
    """How what runs differs from what is wanted."""

    change: Change
    live: dict[str, str]  # properties that a running broker takes
    at_once: bool = False  # it would not understand the other brokers


def want(inputs: Inputs, settings: Settings, stores: Stores | None, layout: Layout) -> Wanted:
    """Return what the broker of this unit is to be."""
    jar, profile = inputs.jar.path, settings.options.profile
    flags = templates.heap(profile, host.memory())
    return Wanted(
        properties=render.server_properties(settings, layout),
        unit=templates.server_unit(layout, inputs.java, inputs.user, profile),
        files={
            layout.conf / "jaas.conf": render.jaas(settings.offer),
            layout.conf / "log4j.properties": templates.log4j(
                settings.options.log_level, layout.logs
            ),
            layout.conf / "java.args": templates.java_arguments(layout, jar, stamp_of(jar), flags),
        },
        stores=layout.certificates.texts(stores if settings.encrypted else None),
    )


def compare(service: Service, layout: Layout, wanted: Wanted) -> Difference:
    """Return how what runs differs from what is wanted."""
    running = properties.parse(files.read(layout.server_properties))
    at_once = INTERNAL in running and running[INTERNAL] != wanted.properties[INTERNAL]
    others = {service.unit_file: wanted.unit, **wanted.files}
    connected = files.read(layout.connected)
    changed = {
        key
        for key in running.keys() | wanted.properties.keys()
        if running.get(key) != wanted.properties.get(key)
    }
    if (
        service.pending.exists()
        or files.outdated(others)
        or changed - LIVE - {CONNECT}
        or must_reconnect(connected, wanted.properties[CONNECT])
    ):
        return Difference(Change.RESTART, {}, at_once)
    live = {key: wanted.properties[key] for key in changed & LIVE}
    is_other = changed or service.updating.exists() or files.outdated(wanted.stores)
    return Difference(Change.UPDATE if is_other else Change.NOTHING, live)


def read_login(layout: Layout) -> Login | None:
    """Read from this unit's own files how the user admin enters, None where no broker ran."""
    client = properties.parse(files.read(layout.client_properties))
    return Login.read(client, files.read(layout.certificates.truststore)) if client else None


def start_files(
    inputs: Inputs, wanted: Wanted, settings: Settings, layout: Layout
) -> dict[Path, str]:
    """Return everything that a start needs."""
    jar = inputs.jar.path
    fits = settings.options.profile == "testing" and jar.with_suffix(".jsa").is_file()
    return {
        **wanted.files,
        **wanted.stores,
        layout.server_properties: properties.write(wanted.properties),
        # Not compared: an archive made in the meantime is no reason to restart.
        layout.conf / "archive.args": templates.archive_arguments(jar, fits),
    }


def prepare(
    inputs: Inputs, settings: Settings, hosts: Iterable[str], layout: Layout, ca: str
) -> None:
    """Make the folders, and what a person on this unit and the next connection need."""
    jar = inputs.jar.path
    files.make_folders((layout.conf, layout.logs, *layout.data), inputs.user)
    client = render.client_properties(settings, hosts, layout)
    texts = {layout.client_properties: properties.write(client)}
    if settings.connection.encrypted and ca:
        texts[layout.zookeeper_ca] = ca
    files.write(files.outdated(texts), inputs.user)
    # Read again for each connection.
    java_store.keep(layout.zookeeper_ca, layout.zookeeper_truststore, inputs.user)
    programs = {
        layout.bin / f"charmed-kafka.{name}": templates.program(layout, inputs.java, jar, main)
        for name, main in templates.PROGRAMS.items()
    }
    layout.bin.mkdir(exist_ok=True)
    ours = {
        layout.tools_log4j: templates.tools_log4j(),
        layout.charm / "environment": templates.environment(layout),
    }
    files.write(files.outdated(ours), None, 0o644)
    files.write(files.outdated(programs), None, 0o755)
    shell.publish(programs, templates.places(layout))


def read_version(jar: Path) -> str:
    """Return the version of the distribution, empty where it does not say."""
    with suppress(KeyError, OSError, zipfile.BadZipFile), zipfile.ZipFile(jar) as archive:
        names = set(archive.namelist())
        name = "kafka/kafka-version.properties"
        text = archive.read(name if name in names else "META-INF/MANIFEST.MF")
        match = _VERSION.search(text.replace(b"\r\n ", b""))
        return match[1].decode() if match else ""
    return ""
