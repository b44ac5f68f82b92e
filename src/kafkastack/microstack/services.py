"""Daemons of the cloud: the command and user of each, and what it opens when it serves."""

from collections.abc import Mapping

from msgspec import Struct, field

_ENV = "/opt/openstack"
OURS = "/usr/local/lib/microstack"  # modules that are not OpenStack's
_NOVA = {
    "OS_NOVA_CONFIG_FILES": f"{_ENV}/etc/nova/api-paste.ini;/etc/nova/nova.conf",
    "OS_NOVA_DISABLE_EVENTLET_PATCHING": "1",  # else threads never get RPC replies
}


class Service(Struct, frozen=True):
    """One daemon: `opens` is a unix socket's path or a port on the cloud's own loopback."""

    name: str
    command: str
    user: str = "root"
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    opens: str = ""
    stop_seconds: int = 10


def _uwsgi(
    name: str,
    module: str,
    environment: Mapping[str, str],
    threads: int = 4,
    callable_: str = "application",
) -> Service:
    """Return an API of OpenStack in a process of its own, behind haproxy."""
    socket = f"/run/uwsgi/{name}.sock"
    options = (
        f"--http11-socket {socket}",
        f"--module {module}:{callable_}",
        "--add-header 'Connection: close'",  # else its clients see connections end under them
        "--lazy-apps --need-app --die-on-term --master --enable-threads",
        f"--processes 1 --threads {threads} --buffer-size 65535 --procname-prefix-spaced {name}",
        "--thunder-lock --disable-logging --chmod-socket=666",
    )
    return Service(name, f"{_ENV}/bin/uwsgi {' '.join(options)}", "root", environment, socket)


def _daemon(program: str, *files: str, name: str = "") -> Service:
    """Return a daemon of OpenStack that is told its configuration files."""
    told = " ".join(f"--config-file {file}" for file in files)
    return Service(name or program, f"{_ENV}/bin/{program} {told}")


_OVSDB = "--no-chdir --log-file=/dev/null -vconsole:info"
SERVICES: Mapping[str, Service] = {
    service.name: service
    for service in (
        Service(
            "mariadb",
            "/usr/sbin/mariadbd --defaults-file=/etc/mysql/microstack.cnf",
            "mysql",
            opens="/run/mysqld/mysqld.sock",
            stop_seconds=60,
        ),
        Service(
            "rabbitmq",
            "/usr/lib/rabbitmq/bin/rabbitmq-server",
            "rabbitmq",
            {
                "HOME": "/var/lib/rabbitmq",
                "RABBITMQ_NODENAME": "rabbit@localhost",
                "RABBITMQ_CONFIG_FILE": "/etc/rabbitmq/microstack.conf",
                "RABBITMQ_MNESIA_BASE": "/var/lib/rabbitmq/mnesia",
                "RABBITMQ_LOG_BASE": "/var/lib/rabbitmq/log",
                "RABBITMQ_LOGS": "-",
                "RABBITMQ_ENABLED_PLUGINS_FILE": "/etc/rabbitmq/microstack.plugins",
                # Idle schedulers sleep at once: the processor is the instances'.
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none",
            },
            "5672",
            30,
        ),
        Service(
            "ovsdb",
            f"ovsdb-server {_OVSDB} --remote=punix:/run/openvswitch/db.sock"
            " --remote=db:Open_vSwitch,Open_vSwitch,manager_options"
            " --unixctl=/run/openvswitch/ovsdb.ctl --pidfile=/run/openvswitch/ovsdb-server.pid"
            " /var/lib/openvswitch/conf.db",
            opens="/run/openvswitch/db.sock",
        ),
        Service(
            "ovs-vswitchd",
            "ovs-vswitchd --no-chdir -vconsole:info unix:/run/openvswitch/db.sock"
            " --pidfile=/run/openvswitch/ovs-vswitchd.pid"
            " --unixctl=/run/openvswitch/vswitchd.ctl",
            opens="/run/openvswitch/vswitchd.ctl",
        ),
        *(
            Service(
                f"ovn-{side}",
                f"ovsdb-server {_OVSDB} --remote=punix:/run/ovn/ovn{side}_db.sock"
                f" --unixctl=/run/ovn/ovn{side}_db.ctl --pidfile=/run/ovn/ovn{side}_db.pid"
                f" /var/lib/ovn/ovn{side}_db.db",
                opens=f"/run/ovn/ovn{side}_db.sock",
            )
            for side in ("nb", "sb")
        ),
        Service(
            "ovn-northd",
            "ovn-northd --no-chdir -vconsole:info --ovnnb-db=unix:/run/ovn/ovnnb_db.sock"
            " --ovnsb-db=unix:/run/ovn/ovnsb_db.sock --unixctl=/run/ovn/ovn-northd.ctl"
            " --pidfile=/run/ovn/ovn-northd.pid",
            opens="/run/ovn/ovn-northd.ctl",
        ),
        Service(
            "ovn-controller",
            "ovn-controller --no-chdir -vconsole:info unix:/run/openvswitch/db.sock"
            " --pidfile=/run/ovn/ovn-controller.pid",
        ),
        Service(
            "libvirtd",
            "/usr/sbin/libvirtd --config /etc/libvirt/microstack.conf",
            opens="/run/libvirt/libvirt-sock",
            stop_seconds=30,
        ),
        Service(
            "haproxy",
            "/usr/sbin/haproxy -db -f /etc/haproxy/microstack.cfg",
            opens="5000",
        ),
        _uwsgi("keystone", "keystone.wsgi.api", {"OS_KEYSTONE_CONFIG_DIR": "/etc/keystone/"}),
        _uwsgi("placement", "placement.wsgi.api", {"OS_PLACEMENT_CONFIG_DIR": "/etc/placement"}),
        _uwsgi("glance", "glance.wsgi.api", {"OS_GLANCE_CONFIG_DIR": "/etc/glance"}),
        _uwsgi("nova", "instances_api", {**_NOVA, "PYTHONPATH": OURS}, callable_="application()"),
        _uwsgi("metadata", "nova.wsgi.metadata", _NOVA),
        _uwsgi("cinder", "cinder.wsgi.api", {}, threads=1),
        _daemon("nova-conductor", "/etc/nova/nova.conf"),
        _daemon("nova-scheduler", "/etc/nova/nova.conf"),
        Service("nova-compute", "/usr/local/sbin/start-nova-compute"),
        Service(
            "neutron",
            f"{_ENV}/bin/neutron-server --config-file /etc/neutron/neutron.conf",
            opens="9797",
        ),
        _daemon("neutron-ovn-metadata-agent", "/etc/neutron/metadata.conf", name="metadata-agent"),
        _daemon("cinder-scheduler", "/etc/cinder/cinder.conf"),
        _daemon("cinder-volume", "/etc/cinder/cinder.conf"),
    )
}
