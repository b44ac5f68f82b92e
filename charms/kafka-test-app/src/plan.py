"""Plan for the unit, decided from the options, the answer of Kafka and the certificate."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from kafkastack_charms.databag import is_certificate
from options import Options
from settings import Access, Settings

TLS_PORT = "9093"
ENABLED = ("enabled", "true")  # version 0 and version 1 of kafka_client


class TLSFiles(NamedTuple):
    """What the client needs to be identified: all PEM."""

    ca: str
    certificate: str
    key: str


class Start(NamedTuple):
    """A client that can connect, and what it needs besides its settings."""

    settings: Settings
    ca: str
    files: TLSFiles | None


class Wait(NamedTuple):
    """Nothing can run yet: the name of a status, and what its text needs."""

    status: str
    words: Mapping[str, str]


def decide_start(
    answer: Mapping[str, str],
    options: Options,
    wants_tls: bool,
    files: TLSFiles | None,
    *,
    run: str,
    origin: str,
    log: str,
) -> Start | Wait | None:
    """Return the client that an answer allows, or what it waits for; None without an answer."""
    access = read_access(answer, options)
    if access is None:
        return None
    obstacle = check_access(access, wants_tls, files)
    if obstacle:
        return obstacle
    settings = make_settings(access, options, files, run, origin, log)
    return Start(settings, trusted_ca(access, files), files)


def read_access(answer: Mapping[str, str], options: Options) -> Access | None:
    """Return how to reach the cluster, or None while Kafka has not granted it."""
    username, password = answer.get("username"), answer.get("password")
    servers = answer.get("endpoints")
    if not (username and password and servers):
        return None
    prefix = answer.get("consumer-group-prefix") or options.group_prefix or f"{username}-"
    ca = answer.get("tls-ca", "")
    return Access(
        servers=servers,
        username=username,
        password=password,
        group=f"{prefix}1",
        tls=answer.get("tls", "") in ENABLED,
        ca=ca if is_certificate(ca) else "",  # Kafka 3 is known to write "enabled" here
    )


def check_access(access: Access, wants_tls: bool, files: TLSFiles | None) -> Wait | None:
    """Return what is still missing before a client can connect, or None."""
    if not (wants_tls or access.tls):
        return None
    if not access.tls or not all(_port(server) == TLS_PORT for server in _split(access.servers)):
        return Wait("no-tls", {"servers": access.servers})
    if wants_tls and files is None:
        return Wait("no-certificate", {})
    if not access.ca and files is None:
        return Wait("no-ca", {})
    return None


def make_settings(
    access: Access, options: Options, files: TLSFiles | None, run: str, origin: str, log: str
) -> Settings:
    """Return the settings of a client that can connect."""
    return Settings(
        run=run,
        role=options.role,
        topic=options.topic,
        servers=access.servers,
        username=access.username,
        password=access.password,
        group=access.group,
        partitions=options.partitions,
        replication_factor=options.replication_factor,
        num_messages=options.num_messages,
        message_interval=options.message_interval,
        origin=origin,
        log=log,
        tls=_digest(trusted_ca(access, files), files) if access.tls else "",
        has_certificate=access.tls and files is not None,
    )


def trusted_ca(access: Access, files: TLSFiles | None) -> str:
    """Return whom to trust: what Kafka says of itself goes before our own authority."""
    return access.ca or (files.ca if files else "")


def _digest(ca: str, files: TLSFiles | None) -> str:
    text = ca + (files.certificate if files else "")
    return hashlib.sha256(text.encode()).hexdigest()


def _split(servers: str) -> list[str]:
    return [server.strip() for server in servers.split(",")]


def _port(server: str) -> str:
    return server.rpartition(":")[2]
