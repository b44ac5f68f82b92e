"""Kafka server as it is to be, and how what runs differs from it."""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from kafkastack_charms import files, properties, provider, tls
from kafkastack_charms.kafka import launch
from kafkastack_charms.kafka.admin import Login
from kafkastack_charms.kafka.layout import Layout
from kafkastack_charms.service import Change, Service

LISTENERS = frozenset({"listeners", "advertised.listeners"})
_VERSION = re.compile(rb"(?:kafka-clients-|^version=)(\d+(?:\.\d+)+)", re.MULTILINE)


class Wanted(NamedTuple):
    """What the server of this unit is to be."""

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


class Way(NamedTuple):
    """How a server finds where the metadata is kept."""

    setting: str  # that names some of the places
    is_kept: bool = True  # else it finds the others by itself, once it has started


def compare(
    service: Service, layout: Layout, wanted: Wanted, live: Collection[str], way: Way
) -> Difference:
    """Return how what runs differs from what is wanted.

    A running broker takes the properties of `live`, but has what goes from the file that it was
    started with; other places matter at its next start, unless it knows too few of them.
    """
    places = wanted.properties[way.setting]
    if way.is_kept and must_reconnect(files.read(layout.connected), places):
        return Difference(Change.RESTART, {})
    running = properties.parse(files.read(layout.server_properties))
    changed = {
        key
        for key in running.keys() | wanted.properties.keys()
        if running.get(key) != wanted.properties.get(key)
    }
    others = {service.unit_file: wanted.unit, **wanted.files}
    fixed = changed.difference(live, {way.setting}) | (running.keys() - wanted.properties.keys())
    if service.pending.exists() or files.outdated(others) or fixed:
        return Difference(Change.RESTART, {})
    taken = {key: wanted.properties[key] for key in changed.intersection(live)}
    is_other = changed or service.updating.exists() or files.outdated(wanted.stores)
    return Difference(Change.UPDATE if is_other else Change.NOTHING, taken)


def must_reconnect(started: str, wanted: str) -> bool:
    """Report whether a broker knows too few of the places that there are.

    Both are texts of the setting that names them. Who knows a majority reaches one that serves as
    long as any do: so a place more or less is no reason to restart, and stands in the file for
    later.
    """
    known, there = _hosts(started), _hosts(wanted)
    is_elsewhere = started.partition("/")[1:] != wanted.partition("/")[1:]
    return is_elsewhere or len(known & there) <= (len(there) - 1) // 2


def _hosts(places: str) -> frozenset[str]:
    return frozenset(places.partition("/")[0].split(","))


def start_files(wanted: Wanted, layout: Layout, jar: Path, profile: str) -> dict[Path, str]:
    """Return everything that a start needs."""
    return {
        **wanted.files,
        **wanted.stores,
        layout.server_properties: properties.write(wanted.properties),
        # Not compared: an archive made in the meantime is no reason to restart.
        layout.conf / "archive.args": launch.archive_arguments(jar, profile),
    }


def read_login(layout: Layout, certificates: tls.Layout) -> Login | None:
    """Read from this unit's own files how its first user enters, None where nothing ran."""
    client = properties.parse(files.read(layout.client_properties))
    return Login.read(client, files.read(certificates.truststore)) if client else None


def read_version(jar: Path) -> str:
    """Return the version of the distribution, empty where it does not say."""
    import zipfile  # as few hooks start a server

    with suppress(KeyError, OSError, zipfile.BadZipFile), zipfile.ZipFile(jar) as archive:
        names = set(archive.namelist())
        name = "kafka/kafka-version.properties"
        text = archive.read(name if name in names else "META-INF/MANIFEST.MF")
        match = _VERSION.search(text.replace(b"\r\n ", b""))
        return match[1].decode() if match else ""
    return ""


def find_other_track(version: str, track: str) -> str:
    """Return why a distribution is not for a track, "" where it is or does not say."""
    other = version.partition(".")[0]
    if other in (track, ""):
        return ""
    return f"it is Kafka {version}, which other units run: deploy kafka --channel {other}/stable"
