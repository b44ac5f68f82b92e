"""Templates of a ZooKeeper server's files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import users
from kafkastack_charms import java_store, log4j, properties, systemd, tls
from kafkastack_charms.credentials import derive_password
from kafkastack_charms.jar import argument_file, java_word, log4j_flag, login_flag
from kafkastack_charms.stages import Stage
from options import Options
from quorum import PLAIN_PORT, TLS_PORT, Ports

MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
# The same flags as the class archive beside the jar was made with: another collector or compiler
# would refuse it. ZooKeeper's heap is small, so neither costs anything.
JVM = (
    "-Xms32m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "-Dzookeeper.superUser=super",
)
# ZooKeeper's own default knows none of TLS 1.3 (X509Util), so that 1.2 is all it would speak.
CIPHERS = (
    "TLS_AES_256_GCM_SHA384",
    "TLS_AES_128_GCM_SHA256",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
)
_STOP = "TimeoutStopSec=20"
PORT_NAMES = {PLAIN_PORT: "clientPort", TLS_PORT: "secureClientPort"}
_LOGIN = "org.apache.zookeeper.server.auth.DigestLoginModule required"


class Settings(NamedTuple):
    """What all servers have in common; a change goes through them one by one."""

    options: Options
    credentials: users.Credentials
    relation_ids: tuple[int, ...]
    ports: Ports
    stage: Stage
    jar: str = ""  # the digest of its bytes

    @property
    def digest(self) -> str:
        """A name for these settings that gives nothing away: the key in it is random."""
        text = json.dumps(self)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class Layout(NamedTuple):
    """Where the files of this server are."""

    charm: Path
    storage: Path

    @property
    def conf(self) -> Path:
        """The folder of the configuration, readable by the server only."""
        return self.storage / "conf"

    @property
    def logs(self) -> Path:
        """The folder of what the server tells of itself."""
        return self.storage / "logs"

    @property
    def data(self) -> Path:
        """The folder of snapshots and transaction logs."""
        return self.storage / "data"

    @property
    def zoo_cfg(self) -> Path:
        """The static configuration, in which the server itself names the dynamic one."""
        return self.conf / "zoo.cfg"

    @property
    def first_members(self) -> Path:
        """The members a server starts with for the first time."""
        return self.conf / "members"

    @property
    def certificates(self) -> tls.Layout:
        """The certificates of this unit."""
        return tls.Layout(self.conf)


def zoo_cfg(settings: Settings, layout: Layout, client_address: str) -> dict[str, str]:
    """Return the static configuration, without the membership."""
    return {
        "tickTime": str(settings.options.tick_time),
        "initLimit": str(settings.options.init_limit),
        "syncLimit": str(settings.options.sync_limit),
        "dataDir": str(layout.data),
        "autopurge.purgeInterval": "24",
        # One tick, so that a broker of the profile `testing` is soon missed after a crash.
        "minSessionTimeout": str(settings.options.tick_time),
        "reconfigEnabled": "true",
        "standaloneEnabled": "false",
        "admin.enableServer": "false",
        "4lw.commands.whitelist": "srvr,ruok",
        "skipACL": "no",
        "authProvider.sasl": "org.apache.zookeeper.server.auth.SASLAuthenticationProvider",
        # A client that has not logged in gets no answer at all, whatever a node's ACL says.
        "enforce.auth.enabled": "true",
        "enforce.auth.schemes": "sasl",
        "quorum.auth.enableSasl": "true",
        "quorum.auth.learnerRequireSasl": "true",
        "quorum.auth.serverRequireSasl": "true",
        **_client_ports(settings.ports, client_address),
        **(_tls(layout, settings) if needs_certificate(settings) else {}),
    }


def needs_certificate(settings: Settings) -> bool:
    """Report whether any listener of these settings speaks TLS."""
    return settings.stage > Stage.PLAIN or TLS_PORT in settings.ports


def _client_ports(ports: Ports, address: str) -> dict[str, str]:
    lines: dict[str, str] = {}
    for port in ports:
        lines |= {PORT_NAMES[port]: str(port), f"{PORT_NAMES[port]}Address": address}
    return lines


def _tls(layout: Layout, settings: Settings) -> dict[str, str]:
    lines = {"serverCnxnFactory": "org.apache.zookeeper.server.NettyServerCnxnFactory"}
    for prefix in ("ssl", "ssl.quorum"):
        lines |= {
            f"{prefix}.protocol": "TLSv1.3",
            f"{prefix}.enabledProtocols": "TLSv1.3,TLSv1.2",
            f"{prefix}.ciphersuites": ",".join(CIPHERS),
            f"{prefix}.keyStore.location": str(layout.certificates.keystore),
            f"{prefix}.trustStore.location": str(layout.certificates.java_truststore),
            f"{prefix}.trustStore.type": java_store.KIND,
            f"{prefix}.trustStore.password": java_store.OPENED_WITH,
        }
    return lines | {
        # ZooKeeper 3.8 can do that for members only.
        "sslQuorumReloadCertFiles": "true",
        "ssl.clientAuth": "none",  # clients prove themselves by SASL
        "sslQuorum": _flag(settings.stage >= Stage.DIAL_TLS),
        "portUnification": _flag(settings.stage in (Stage.ACCEPT_BOTH, Stage.DIAL_TLS)),
    }


def _flag(value: bool) -> str:
    return "true" if value else "false"


def jaas(settings: Settings) -> str:
    """Return the login file: who may enter as a member, and who as a client."""
    secret = settings.credentials
    clients = {"super": secret.super_password} | {
        name: derive_password(secret.users_key, name)
        for name in map(users.username, settings.relation_ids)
    }
    name, password = secret.used
    return (
        f"QuorumServer {{\n  {_LOGIN}{_entries(secret.accepted)};\n}};\n"
        f'QuorumLearner {{\n  {_LOGIN}\n  username="{name}"\n  password="{password}";\n}};\n'
        f"Server {{\n  {_LOGIN}{_entries(clients)};\n}};\n"
    )


def _entries(passwords: Mapping[str, str]) -> str:
    return "".join(f'\n  user_{name}="{password}"' for name, password in passwords.items())


def logging(level: str, logs: Path) -> str:
    """Return the logging configuration: everything to a file and to journald."""
    return properties.write(
        {
            "log4j.rootLogger": f"{log4j.LEVELS[level]}, stdout, file",
            **log4j.console("stdout", "%d{ISO8601} %-5p %c{1}: %m%n"),
            **log4j.rolling_file("file", logs / "zookeeper.log"),
            # The watcher asks every second; that is not worth a line each time.
            "log4j.logger.org.apache.zookeeper.server.NIOServerCnxn": "WARN",
            "log4j.logger.org.apache.zookeeper.server.NettyServerCnxn": "WARN",
        }
    )


def java_arguments(layout: Layout, jar: Path, jar_mark: str) -> str:
    """Return the argument file of the JVM; the mark makes a refreshed jar a changed file."""
    logging = log4j_flag(layout.conf / "log4j.properties")
    flags = (*JVM, login_flag(layout.conf / "jaas.conf"), logging)
    return argument_file(flags, jar, jar_mark, MAIN, str(layout.zoo_cfg))


def archive_arguments(jar: Path, exists: bool) -> str:
    """Return the arguments that use the class archive beside the jar, where there is one."""
    if not exists:
        return ""
    archive = java_word(f"-XX:SharedArchiveFile={jar.with_suffix('.jsa')}")
    return f"{archive}\n-Xshare:auto\n"


def server_unit(layout: Layout, java: str, user: str | None) -> str:
    """Return the service of the server."""
    return systemd.service_unit(
        "Apache ZooKeeper",
        (java, f"@{layout.conf / 'archive.args'}", f"@{layout.conf / 'java.args'}"),
        (
            _STOP,
            *((f"User={user}", f"Group={user}") if user else ()),
            "SuccessExitStatus=143",
            "LimitNOFILE=65536",
        ),
    )
