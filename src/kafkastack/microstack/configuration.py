"""Configuration files of the cloud: templates filled with settings and secrets.

Pure: (settings, secrets) → {path inside the cloud: (mode, owner, text)}.
"""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Template
from urllib.parse import quote

from msgspec import Struct

from kafkastack.microstack.services import OURS, SERVICES, Service
from kafkastack.microstack.settings import PORTS, Settings

# Each database has the name of its user's service, but for nova, which has three.
DATABASES: Mapping[str, str] = {
    "keystone": "keystone",
    "glance": "glance",
    "placement": "placement",
    "neutron": "neutron",
    "cinder": "cinder",
    "nova_api": "nova",
    "nova_cell0": "nova",
    "nova": "nova",
}
SERVICE_USERS = ("glance", "placement", "nova", "neutron", "cinder")
_SOCKET = "/run/mysqld/mysqld.sock"


class Secrets(Struct, frozen=True):
    """What an installation keeps from others: a password for each purpose, made once."""

    passwords: Mapping[str, str]

    def of(self, purpose: str) -> str:
        """Return the password for a purpose ("keystone-database")."""
        return self.passwords[purpose]


# One password each.
PURPOSES = (
    "admin",
    "demo",
    "metadata",
    "rabbitmq",
    *(f"{user}-database" for user in dict.fromkeys(DATABASES.values())),
    *(f"{user}-user" for user in SERVICE_USERS),
)


class ConfigFile(Struct, frozen=True):
    """A file inside the cloud."""

    path: str
    text: str
    mode: int = 0o600
    owner: str = "root"


def configuration(settings: Settings, secrets: Secrets, hypervisor: str) -> tuple[ConfigFile, ...]:
    """Return every file that the cloud's daemons read, but for keys and certificates."""
    return (
        *_openstack(settings, secrets, hypervisor),
        ConfigFile("/etc/supervisord.conf", supervisord()),
        ConfigFile("/etc/haproxy/microstack.cfg", _haproxy(settings)),
        ConfigFile("/etc/mysql/microstack.cnf", _fill("mariadb.cnf"), 0o644),
        ConfigFile("/etc/rabbitmq/microstack.conf", _fill("rabbitmq.conf"), owner="rabbitmq"),
        ConfigFile("/etc/rabbitmq/microstack.plugins", "[].\n", owner="rabbitmq"),
        ConfigFile(
            "/etc/rabbitmq/definitions.json",
            _fill("definitions.json", rabbit_hash=rabbit_hash(secrets.of("rabbitmq"))),
            owner="rabbitmq",
        ),
        ConfigFile("/etc/libvirt/microstack.conf", _fill("libvirtd.conf")),
        ConfigFile("/etc/libvirt/qemu.conf", _fill("qemu.conf")),
        ConfigFile("/etc/libvirt/hooks/lxc", _fill("lxc-hook.sh"), 0o755),
        ConfigFile("/etc/hosts", _fill("hosts"), 0o644),
        ConfigFile("/etc/nova/instances", f"{hypervisor}\n"),
        ConfigFile(f"{OURS}/instances_api.py", _source("instances_api.py"), 0o644),
        ConfigFile("/usr/local/sbin/start-nova-compute", _fill("start-nova-compute.sh"), 0o755),
        ConfigFile("/usr/sbin/mount.nfs", _fill("mount.nfs"), 0o755),
        ConfigFile("/etc/cinder/shares", "127.0.0.1:/microstack-volumes\n", 0o640),
    )


def supervisord() -> str:
    """Return the configuration of the cloud's first process: every daemon, none started."""
    programs = "\n".join(_program(service) for service in SERVICES.values())
    return Template(_text("../supervisord.conf")).substitute(programs=programs)


def sql(secrets: Secrets) -> str:
    """Return the SQL that makes the databases that are missing, and their users."""
    lines = [
        f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb3;\n"
        f"GRANT ALL ON {name}.* TO '{user}'@'localhost'"
        f" IDENTIFIED BY '{secrets.of(f'{user}-database')}';"
        for name, user in DATABASES.items()
    ]
    return "\n".join([*lines, ""])


def cells_sql(secrets: Secrets) -> str:
    """Return the SQL that tells Nova of its two cells, in one statement that may be repeated."""
    rows = (
        ("00000000-0000-0000-0000-000000000000", "cell0", "none:///", "nova_cell0"),
        (hashlib.md5(b"microstack", usedforsecurity=False).hexdigest(), "cell1", "", "nova"),
    )
    values = ", ".join(
        f"(NOW(), '{_uuid(uuid)}', '{name}', '{transport or _transport(secrets)}',"
        f" '{_database(database, secrets)}', 0)"
        for uuid, name, transport, database in rows
    )
    return (
        "INSERT INTO nova_api.cell_mappings"  # noqa: S608  # nothing in it is anybody's input
        " (created_at, uuid, name, transport_url, database_connection, disabled)"
        f" VALUES {values} ON DUPLICATE KEY UPDATE disabled = 0;\n"
    )


def rabbit_hash(password: str) -> str:
    """Return a password as RabbitMQ's definitions have it: a salt of four bytes, and SHA-256."""
    salt = hashlib.sha256(password.encode()).digest()[:4]
    digest = hashlib.sha256(salt + password.encode()).digest()
    return base64.b64encode(salt + digest).decode()


def _uuid(text: str) -> str:
    if "-" in text:
        return text
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _openstack(settings: Settings, secrets: Secrets, hypervisor: str) -> tuple[ConfigFile, ...]:
    common = {
        "transport": _transport(secrets),
        "metadata_secret": secrets.of("metadata"),
        "region": settings.region,
        **{f"{name}_url": settings.url(name) for name in PORTS},
    }

    def of(service: str, path: str, template: str, **more: str) -> ConfigFile:
        identity = _identity(service, settings, secrets) if service in SERVICE_USERS else ""
        values = {**common, "identity": identity, "config": path, "service": service, **more}
        values["database"] = _database(service, secrets)
        shared = _fill("messaging.ini", **values)
        if identity:
            shared += "\n" + _fill("identity.ini", **values)
        return ConfigFile(path, _fill(template, **{**values, "shared": shared}))

    def of_nova(path: str, template: str) -> ConfigFile:
        shared = of("nova", path, "nova-shared.ini").text
        return of(
            "nova",
            path,
            template,
            nova=shared,
            api_database=_database("nova_api", secrets),
            hypervisor=_fill(f"hypervisor-{hypervisor}.ini"),
        )

    return (
        of("keystone", "/etc/keystone/keystone.conf", "keystone.conf"),
        of("glance", "/etc/glance/glance-api.conf", "glance-api.conf"),
        of("placement", "/etc/placement/placement.conf", "placement.conf"),
        of_nova("/etc/nova/nova.conf", "nova.conf"),
        of_nova("/etc/nova/compute.conf", "compute.conf"),
        of("neutron", "/etc/neutron/neutron.conf", "neutron.conf"),
        of("neutron", "/etc/neutron/metadata.conf", "metadata.conf"),
        of("cinder", "/etc/cinder/cinder.conf", "cinder.conf"),
    )


def _identity(service: str, settings: Settings, secrets: Secrets) -> str:
    """Return how a service says who it is, in every section where it is asked."""
    return "\n".join(
        (
            "auth_type = password",
            f"auth_url = http://127.0.0.1:{PORTS['keystone']}/v3",
            "project_name = service",
            "project_domain_name = Default",
            "user_domain_name = Default",
            f"username = {service}",
            f"password = {secrets.of(f'{service}-user')}",
            f"region_name = {settings.region}",
        )
    )


def _database(name: str, secrets: Secrets) -> str:
    user = DATABASES[name]
    password = secrets.of(f"{user}-database")
    return f"mysql+pymysql://{user}:{password}@localhost/{name}?unix_socket={_SOCKET}"


def _transport(secrets: Secrets) -> str:
    return f"rabbit://openstack:{quote(secrets.of('rabbitmq'))}@127.0.0.1:5672/"


def _haproxy(settings: Settings) -> str:
    frontends = [
        _fill(
            "frontend.cfg",
            name=name,
            port=str(port),
            address=settings.address,
            server=_server(SERVICES[name]),
        )
        for name, port in PORTS.items()
    ]
    return _fill(
        "haproxy.cfg",
        frontends="".join(frontends),
        metadata_socket=_server(SERVICES["metadata"]),
    )


def _server(service: Service) -> str:
    """Return where haproxy finds a service."""
    opens = service.opens
    return f"unix@{opens}" if opens.startswith("/") else f"127.0.0.1:{opens}"


def _program(service: Service) -> str:
    environment = ",".join(f'{k}="{v}"' for k, v in service.environment.items())
    return Template(_text("../program.conf")).substitute(
        name=service.name,
        command=service.command.replace("%", "%%"),
        user=service.user,
        environment=environment or 'LANG="C.UTF-8"',
        stop_seconds=service.stop_seconds,
    )


def _fill(name: str, /, **values: str) -> str:
    return Template(_text(name)).substitute(values) if values else _text(name)


def _source(name: str) -> str:
    """Return a module of ours that runs inside."""
    return (files("kafkastack.microstack") / name).read_text()


@cache
def _text(name: str) -> str:
    folder = files("kafkastack.microstack") / "templates"
    if name.startswith("../"):
        return (folder / name.removeprefix("../")).read_text()
    return (folder / "etc" / name).read_text()
