"""OpenStack's services, from their databases to a host that instances are scheduled on."""

from functools import partial

from kafkastack.microstack.catalog import connect, fill_catalog
from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.health import is_ready
from kafkastack.microstack.proof import prove_a_port
from kafkastack.microstack.settings import PORTS
from kafkastack.microstack.step import Step
from kafkastack.microstack.steps.infrastructure import daemon, tell_cells
from kafkastack.system.folders import make_folder

# How each schema is made; nova_cell0 is a copy of nova's.
_MIGRATIONS = {
    "keystone": "keystone-manage --config-dir /etc/keystone db_sync",
    "glance": "glance-manage --config-file /etc/glance/glance-api.conf db_sync",
    "placement": "placement-manage --config-file /etc/placement/placement.conf db sync",
    "neutron": "neutron-db-manage --config-file /etc/neutron/neutron.conf upgrade heads",
    "cinder": "cinder-manage --config-file /etc/cinder/cinder.conf db sync",
    "nova_api": "nova-manage --config-file /etc/nova/nova.conf api_db sync",
    "nova": "nova-manage --config-file /etc/nova/nova.conf db sync --local_cell",
}
_SERVING = (
    *("nova", "nova-scheduler", "nova-compute", "neutron", "metadata-agent", "glance"),
    *("cinder", "cinder-scheduler", "cinder-volume"),
)
_DUMP = "mariadb-dump --socket=/run/mysqld/mysqld.sock --skip-comments --skip-dump-date"
_VOLUMES = """\
file=/var/lib/cinder/volumes.img
mkdir -p /var/lib/cinder/volumes /var/lib/cinder/mnt /var/lib/nova/mnt /var/lib/nova/instances
if [ ! -e $file ]; then
    truncate -s $1G $file.part
    mkfs.ext4 -q -m 0 -E lazy_itable_init=1,lazy_journal_init=1 $file.part
    mv $file.part $file
fi
mountpoint -q /var/lib/cinder/volumes || mount -o loop $file /var/lib/cinder/volumes
"""


def steps() -> list[Step]:
    """Return them."""
    return [
        *(_schema(name) for name in _MIGRATIONS),
        Step(
            "schema-nova_cell0",
            "copy nova's schema for its first cell",
            _copy_cell,
            ["schema-nova"],
            lasts=True,
        ),
        Step(
            "cells",
            "tell nova of its cells",
            tell_cells,
            ["schema-nova_api", "schema-nova_cell0"],
            lasts=True,
        ),
        Step("keystone-keys", "make keystone's keys", _keys, ["configuration"], lasts=True),
        Step(
            "identity",
            "make the administrator",
            _bootstrap,
            ["keystone-keys", "schema-keystone"],
            lasts=True,
            log="keystone",
        ),
        daemon("keystone", "identity"),
        Step(
            "catalog",
            "make the services' users and endpoints",
            fill_catalog,
            ["keystone", "haproxy"],
            lasts=True,
            log="keystone",
        ),
        Step(
            "volumes",
            "mount the file system of volumes",
            _volumes,
            ["configuration"],
            is_done=_mounted,
        ),
        daemon("placement", "catalog", "schema-placement"),
        daemon("glance", "catalog", "schema-glance"),
        daemon("neutron", "catalog", "schema-neutron", "rabbitmq", "ovn-nb", "ovn-sb"),
        daemon("nova-conductor", "catalog", "cells", "rabbitmq"),
        daemon("nova-scheduler", "nova-conductor", "placement"),
        daemon("nova-compute", "nova-conductor", "placement", "libvirtd", "volumes", "ovsdb"),
        daemon("nova", "catalog", "cells", "rabbitmq"),
        daemon("metadata", "catalog", "cells", "rabbitmq"),
        daemon("metadata-agent", "metadata", "ovn-controller"),
        daemon("cinder", "catalog", "schema-cinder", "rabbitmq"),
        daemon("cinder-scheduler", "catalog", "schema-cinder", "rabbitmq"),
        daemon("cinder-volume", "catalog", "schema-cinder", "rabbitmq", "volumes"),
        Step(
            "volume-type",
            "make the type of volumes",
            _volume_type,
            ["cinder"],
            lasts=True,
            log="cinder",
        ),
        Step(
            "ready",
            "wait until every service and agent is up, and a port becomes active",
            _wait_until_ready,
            _SERVING,
            log="nova-compute",
        ),
    ]


def _schema(name: str) -> Step:
    return Step(
        f"schema-{name}",
        f"make {name}'s tables",
        partial(_make_schema, name=name),
        ["databases"],
        lasts=True,
        log=f"schema-{name}",
    )


def _make_schema(cloud: Cloud, name: str) -> None:
    """Load what an earlier migration of these versions made; else migrate, and keep that."""
    command = _MIGRATIONS[name]
    # That of a bootstrap which was killed may go on: two at once leave half of each.
    pattern = f"[{command[0]}]{command[1:]}"  # which is not in the shell's own words
    cloud.inside.run("sh", "-c", 'pkill -KILL -f "$1" || :', "sh", pattern)
    cloud.sql(f"DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name} CHARACTER SET utf8mb3;")
    kept = cloud.environment.schemas / f"{name}.sql"
    if kept.exists():
        cloud.sql(kept.read_text(), name)
        return
    cloud.inside.run(*command.split(), log=f"schema-{name}")
    dump = cloud.inside.run(*_DUMP.split(), name)
    make_folder(kept.parent)
    part = kept.with_suffix(".part")
    part.write_text(dump)
    part.rename(kept)


def _copy_cell(cloud: Cloud) -> None:
    cloud.sql(cloud.inside.run(*_DUMP.split(), "--no-data", "nova"), "nova_cell0")


def _keys(cloud: Cloud) -> None:
    # Keystone's own: with credential keys made by hand, PATCH of a credential answered 500.
    for keys in ("fernet", "credential"):
        cloud.inside.run(
            "keystone-manage",
            "--config-dir",
            "/etc/keystone",
            f"{keys}_setup",
            "--keystone-user=root",
            "--keystone-group=root",
            log="keystone",
        )


def _bootstrap(cloud: Cloud) -> None:
    settings = cloud.settings
    cloud.inside.run(
        "keystone-manage",
        "--config-dir",
        "/etc/keystone",
        "bootstrap",
        f"--bootstrap-region-id={settings.region}",
        f"--bootstrap-public-url={settings.url('keystone')}/v3",
        f"--bootstrap-internal-url=http://127.0.0.1:{PORTS['keystone']}/v3",
        env={"OS_BOOTSTRAP_PASSWORD": cloud.secrets.of("admin")},
        log="keystone",
    )


def _volume_type(cloud: Cloud) -> None:
    with connect(cloud) as admin:
        if not admin.block_storage.find_type("microstack"):
            admin.block_storage.create_type(name="microstack")


def _wait_until_ready(cloud: Cloud) -> None:
    cloud.wait(lambda: is_ready(cloud), "services and agents to be up", "nova-compute", 180)
    with connect(cloud) as admin:
        prove_a_port(cloud, admin)


def _volumes(cloud: Cloud) -> None:
    cloud.inside.run("sh", "-euc", _VOLUMES, "sh", str(cloud.settings.volumes_gb))


def _mounted(cloud: Cloud) -> bool:
    return " /var/lib/cinder/volumes " in cloud.inside.path("/proc/1/mounts").read_text()
