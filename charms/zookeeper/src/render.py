"""What the files of a server look like."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import users
from kafkastack_charms import systemd
from kafkastack_charms.credentials import derive_password
from kafkastack_charms.jar import java_word
from quorum import PLAIN_PORT, TLS_PORT, Ports, Stage

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
LOG_LEVELS = {"DEBUG": "DEBUG", "INFO": "INFO", "WARNING": "WARN", "ERROR": "ERROR"}
_LOGIN = "org.apache.zookeeper.server.auth.DigestLoginModule required"


@dataclass(frozen=True)
class Settings:
    """What all servers have in common; a change goes through them one by one."""

    tick_time: int
    init_limit: int
    sync_limit: int
    log_level: str
    credentials: users.Credentials
    relation_ids: tuple[int, ...]
    ports: Ports
    stage: Stage
    jar: str = ""  # the digest of its bytes

    @property
    def digest(self) -> str:
        """A name for these settings that gives nothing away: the key in it is random."""
        text = json.dumps(asdict(self), sort_keys=True)
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
    def data(self) -> Path:
        """The folder of snapshots and transaction logs."""
        return self.storage / "data"

    @property
    def seen_serving(self) -> Path:
        """A file that exists while the charm's last look saw a server that serves."""
        return self.charm / ".seen-serving"

    @property
    def zoo_cfg(self) -> Path:
        """The static configuration, in which the server itself names the dynamic one."""
        return self.conf / "zoo.cfg"

    @property
    def first_members(self) -> Path:
        """The members a server starts with for the first time."""
        return self.conf / "members"

    @property
    def keystore(self) -> Path:
        """Private key and certificates of this unit."""
        return self.conf / "keystore.pem"

    @property
    def truststore(self) -> Path:
        """The authority that everybody trusts."""
        return self.conf / "ca.pem"


def zoo_cfg(settings: Settings, layout: Layout, client_address: str) -> dict[str, str]:
    """Return the static configuration, without the membership."""
    return {
        "tickTime": str(settings.tick_time),
        "initLimit": str(settings.init_limit),
        "syncLimit": str(settings.sync_limit),
        "dataDir": str(layout.data),
        "autopurge.purgeInterval": "24",
        # One tick, so that a broker of the profile `testing` is soon missed after a crash.
        "minSessionTimeout": str(settings.tick_time),
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
        **(_tls(layout, settings) if needs_keys(settings) else {}),
    }


def needs_keys(settings: Settings) -> bool:
    """Tell whether any listener of these settings speaks TLS."""
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
            f"{prefix}.keyStore.location": str(layout.keystore),
            f"{prefix}.trustStore.location": str(layout.truststore),
        }
    return lines | {
        "ssl.clientAuth": "none",  # clients prove themselves by SASL
        "sslQuorum": _flag(settings.stage >= Stage.DIAL_TLS),
        "portUnification": _flag(settings.stage in (Stage.ACCEPT_BOTH, Stage.DIAL_TLS)),
    }


def _flag(value: bool) -> str:
    return "true" if value else "false"


def properties(values: dict[str, str]) -> str:
    """Write a Java properties file."""
    return "".join(f"{key}={value}\n" for key, value in values.items())


def parse_properties(text: str) -> dict[str, str]:
    """Read a Java properties file as ZooKeeper itself rewrites it."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {key: value for key, _, value in pairs}


def jaas(settings: Settings) -> str:
    """Return the login file: who may enter as a member, and who as a client."""
    secret = settings.credentials
    logins = {"super": secret.super_password} | {
        name: derive_password(secret.users_key, name)
        for name in map(users.username, settings.relation_ids)
    }
    entries = "".join(f'\n  user_{name}="{word}"' for name, word in logins.items())
    return (
        f'QuorumServer {{\n  {_LOGIN}\n  user_sync="{secret.sync_password}";\n}};\n'
        f'QuorumLearner {{\n  {_LOGIN}\n  username="sync"\n'
        f'  password="{secret.sync_password}";\n}};\n'
        f"Server {{\n  {_LOGIN}{entries};\n}};\n"
    )


def log4j(level: str) -> str:
    """Return the logging configuration: everything to standard output."""
    return properties(
        {
            "log4j.rootLogger": f"{LOG_LEVELS[level]}, stdout",
            "log4j.appender.stdout": "org.apache.log4j.ConsoleAppender",
            "log4j.appender.stdout.layout": "org.apache.log4j.PatternLayout",
            "log4j.appender.stdout.layout.ConversionPattern": "%d{ISO8601} %-5p %c{1}: %m%n",
            # The watcher asks every few seconds; that is not worth a line each time.
            "log4j.logger.org.apache.zookeeper.server.NIOServerCnxn": "WARN",
            "log4j.logger.org.apache.zookeeper.server.NettyServerCnxn": "WARN",
        }
    )


def java_arguments(layout: Layout, jar: Path, jar_mark: str) -> str:
    """Return the argument file of the JVM; the mark makes a refreshed jar a changed file."""
    words = (
        *JVM,
        f"-Djava.security.auth.login.config={layout.conf / 'jaas.conf'}",
        f"-Dlog4j.configuration=file:{layout.conf / 'log4j.properties'}",
        "-cp",
        str(jar),
        MAIN,
        str(layout.zoo_cfg),
    )
    return "".join(f"{line}\n" for line in (f"# {jar_mark}", *map(java_word, words)))


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


def watcher_unit(command: tuple[str, ...]) -> str:
    """Return the service of the watcher, which may call Juju and so keeps Juju's user."""
    return systemd.service_unit(
        "Tells Juju when Apache ZooKeeper stops or starts to serve", command, (_STOP,)
    )
