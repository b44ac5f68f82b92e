"""Open vSwitch and OVN, in userspace, and the one link between the cloud and this host."""

from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.step import Step
from kafkastack.microstack.steps.infrastructure import daemon

_BRIDGE = "br-ex"
_PORT = "ex0"  # the cloud's end of the link
_CREATED = "set -e; mkdir -p /var/lib/openvswitch /var/lib/ovn; "
_DATABASES = {
    "/var/lib/openvswitch/conf.db": "/usr/share/openvswitch/vswitch.ovsschema",
    "/var/lib/ovn/ovnnb_db.db": "/usr/share/ovn/ovn-nb.ovsschema",
    "/var/lib/ovn/ovnsb_db.db": "/usr/share/ovn/ovn-sb.ovsschema",
}


def steps() -> list[Step]:
    """Return them."""
    return [
        Step("ovs-data", "make the network's databases", _create, ["configuration"], lasts=True),
        daemon("ovsdb", "ovs-data"),
        Step("ovs-settings", "configure Open vSwitch", _configure, ["ovsdb"], lasts=True),
        daemon("ovs-vswitchd", "ovs-settings"),
        Step(
            "link",
            "link the cloud's external network with this host",
            _link,
            ["ovs-vswitchd"],
            is_done=_is_linked,
            log="ovs-vswitchd",
        ),
        daemon("ovn-nb", "ovs-data"),
        daemon("ovn-sb", "ovs-data"),
        daemon("ovn-northd", "ovn-nb", "ovn-sb"),
        daemon("ovn-controller", "ovs-vswitchd", "ovn-sb", "link"),
    ]


def _create(cloud: Cloud) -> None:
    lines = (
        f"rm -f {path} {path}.~lock~; ovsdb-tool create {path} {schema}"
        for path, schema in _DATABASES.items()
    )
    cloud.inside.run("sh", "-c", _CREATED + "; ".join(lines))


def _configure(cloud: Cloud) -> None:
    cloud.inside.run("ovs-vsctl", "--no-wait", "init")
    cloud.inside.run(
        "ovs-vsctl",
        "--no-wait",
        "set",
        "open_vswitch",
        ".",
        # Before the daemon starts: else what guests send over TCP has wrong checksums.
        "other_config:userspace-tso-enable=true",
        "external_ids:system-id=microstack",
        "external_ids:hostname=microstack",
        "external_ids:ovn-remote=unix:/run/ovn/ovnsb_db.sock",
        "external_ids:ovn-encap-type=geneve",
        "external_ids:ovn-encap-ip=127.0.0.1",
        "external_ids:ovn-bridge=br-int",
        "external_ids:ovn-bridge-datapath-type=netdev",
        f"external_ids:ovn-bridge-mappings=physnet1:{_BRIDGE}",
        "external_ids:ovn-cms-options=enable-chassis-as-gw",
        "external_ids:ovn-monitor-all=true",
    )


def _link(cloud: Cloud) -> None:
    """Make a pair of interfaces: one is a port of the external bridge, one is the host's."""
    settings, host = cloud.settings, "/run/netns/host"
    cloud.inside.run(
        "sh",
        "-ec",
        f"""
        nsenter --net={host} ip link delete {settings.link} 2> /dev/null || :
        ip link add {_PORT} type veth peer name {settings.link}
        ip link set {settings.link} netns {host}
        nsenter --net={host} ip addr add {settings.gateway}/{settings.prefix} dev {settings.link}
        nsenter --net={host} ip link set {settings.link} up
        ip link set {_PORT} up
        ovs-vsctl --may-exist add-br {_BRIDGE} -- set bridge {_BRIDGE} datapath_type=netdev \\
            -- --may-exist add-port {_BRIDGE} {_PORT}
        """,
        log="ovs-vswitchd",
    )


def _is_linked(cloud: Cloud) -> bool:
    return cloud.inside.path(f"/sys/class/net/{_PORT}").exists()
