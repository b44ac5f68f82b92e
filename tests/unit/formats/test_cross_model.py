"""Tables of what comes from other models, of offers, and of containers, as Juju shows them."""

from typing import Any

from kafkastack.cli.formats.status import format_status

GOLDEN = """\
Model  Controller  Cloud/Region     Version  SLA          Timestamp
here   overlord    local/localhost  3.6.20   unsupported  17:56:56Z

SAAS   Status   Store   URL
db     unknown  local   admin/there.postgresql
kafka  active   second  admin/streams.kafka

Machine  State    Address   Inst id         Base          AZ  Message
0        started  10.1.2.3  juju-29b29f-0   ubuntu@24.04      Running
0/lxd/0  started  10.1.2.4  juju-29b29f-00  ubuntu@24.04      
1        pending            pending         ubuntu@24.04      

Offer   Application  Charm      Rev  Connected  Endpoint  Interface     Role
events  zookeeper    zookeeper  12   0/0        zk        zookeeper     provider
kafka   broker       kafka-k8s  248  1/2        admin     kafka_admin   provider
                                                client    kafka_client  provider
"""  # noqa: W291
EMPTY = """\
Model  Controller  Cloud/Region     Version  SLA          Timestamp
here   overlord    local/localhost  3.6.20   unsupported  17:56:56Z
"""


def machine(instance: str, address: str = "", message: str = "", **more: Any) -> dict[str, Any]:
    state = "started" if address else "pending"
    return {
        "juju-status": {"current": state},
        "dns-name": address,
        "instance-id": instance,
        "base": {"name": "ubuntu", "channel": "24.04"},
        "machine-status": {"current": "running", "message": message},
        **more,
    }


def endpoint(interface: str) -> dict[str, str]:
    return {"interface": interface, "role": "provider"}


def document(**parts: Any) -> dict[str, Any]:
    model = {
        "name": "here",
        "controller": "overlord",
        "cloud": "local",
        "region": "localhost",
        "version": "3.6.20",
        "sla": "unsupported",
    }
    empty: dict[str, Any] = {"applications": {}, "machines": {}}
    return {"model": model, "controller": {"timestamp": "17:56:56Z"}, **empty, **parts}


def test_each_section_is_in_its_place() -> None:
    inner = machine("juju-29b29f-00", "10.1.2.4")
    shown = document(
        machines={
            "1": machine("pending"),
            "0": machine("juju-29b29f-0", "10.1.2.3", "Running", containers={"0/lxd/0": inner}),
        },
        **{
            "application-endpoints": {
                "kafka": {
                    "url": "second:admin/streams.kafka",
                    "application-status": {"current": "active"},
                },
                "db": {
                    "url": "admin/there.postgresql",
                    "application-status": {"current": "unknown"},
                },
            },
            "offers": {
                "kafka": {
                    "application": "broker",
                    "charm": "ch:amd64/kafka-k8s-248",
                    "active-connected-count": 1,
                    "total-connected-count": 2,
                    "endpoints": {
                        "client": endpoint("kafka_client"),
                        "admin": endpoint("kafka_admin"),
                    },
                },
                "events": {
                    "application": "zookeeper",
                    "charm": "local:zookeeper-12",
                    "endpoints": {"zk": endpoint("zookeeper")},
                },
            },
        },
    )
    assert format_status(shown) == (GOLDEN, "")


def test_a_model_that_only_consumes_is_not_empty() -> None:
    remote = {"kafka": {"url": "second:admin/streams.kafka"}}
    assert format_status(document(**{"application-endpoints": remote}))[1] == ""
    assert format_status(document()) == (EMPTY, '\nModel "admin/here" is empty.\n')
    assert format_status(document(_called="here"))[1] == '\nModel "here" is empty.\n'
