"""Each charm has the options, actions and endpoints of the charm whose name it has.

What is left out and what is other than there stands in the charm's README.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.charms.kafka.modules import statuses as of_kafka
from tests.charms.kafka_4.modules import statuses as of_kafka_4
from tests.charms.zookeeper.modules import statuses as of_zookeeper

CHARMS = Path(__file__).parents[2] / "charms"
FOREVER = "9223372036854775807"


@dataclass(frozen=True)
class Reference:
    """A charm of Canonical's, track 3 where there are tracks; a default of None is no default."""

    name: str
    options: dict[str, Any]
    actions: dict[str, set[str]]
    provides: dict[str, str]
    requires: dict[str, str]
    peers: set[str] = field(default_factory=set[str])
    left_out: set[str] = field(default_factory=set[str])
    ours: set[str] = field(default_factory=set[str])  # options and defaults that are our own
    folder: str = ""  # where it is not the name

    @property
    def place(self) -> Path:
        return CHARMS / (self.folder or self.name)


KAFKA = Reference(
    "kafka",
    options={
        "compression_type": "producer",
        "log_flush_interval_messages": FOREVER,
        "log_flush_interval_ms": FOREVER,
        "log_flush_offset_checkpoint_interval_ms": 60000,
        "log_retention_bytes": "-1",
        "log_retention_ms": "-1",
        "log_segment_bytes": 1073741824,
        "message_max_bytes": 1048588,
        "offsets_topic_num_partitions": 50,
        "transaction_state_log_num_partitions": 50,
        "unclean_leader_election_enable": False,
        "log_cleaner_delete_retention_ms": "86400000",
        "log_cleaner_min_compaction_lag_ms": "0",
        "log_cleanup_policy": "delete",
        "log_message_timestamp_type": "CreateTime",
        "ssl_cipher_suites": "",
        "ssl_principal_mapping_rules": "DEFAULT",
        "replication_quota_window_num": 11,
        "zookeeper_ssl_cipher_suites": "",
        "profile": "production",
        "certificate_extra_sans": "",
        "extra_listeners": "",
        "log_level": "INFO",
    },
    actions={
        "set-password": {"username", "password"},
        "set-tls-private-key": {"internal-key"},
        "get-admin-credentials": set(),
        "get-listeners": set(),
        "pre-upgrade-check": set(),
    },
    provides={"kafka-client": "kafka_client", "cos-agent": "cos_agent"},
    requires={
        "zookeeper": "zookeeper",
        "certificates": "tls-certificates",
        "trusted-ca": "tls-certificates",
        "trusted-certificate": "tls-certificates",
        "oauth": "oauth",
    },
    peers={"cluster"},
    left_out={"cos-agent", "trusted-ca", "trusted-certificate", "oauth"},
)
KAFKA_4 = Reference(
    "kafka",
    folder="kafka-4",
    options={
        **{
            name.replace("_", "-"): default
            for name, default in KAFKA.options.items()
            if not name.startswith("zookeeper")
        },
        "roles": "broker",
        "tls-private-key": None,
        "system-users": None,
        "network-bandwidth": 50000,
        "cruisecontrol-balance-threshold": 1.1,
        "cruisecontrol-capacity-threshold": 0.8,
        "expose-external": "nodeport",
        "pause-after-unit-refresh": "none",
    },
    actions={
        "get-listeners": set(),
        "rebalance": {"mode", "dryrun", "brokerid"},
        "pre-refresh-check": set(),
        "force-refresh-start": {
            "check-compatibility",
            "run-pre-refresh-checks",
            "check-workload-container",
        },
        "resume-refresh": {"check-health-of-refreshed-units"},
        "set-tls-private-key": {"internal-key"},  # of track 3, for the option that is refused
    },
    provides={
        "kafka-client": "kafka_client",
        "cos-agent": "cos_agent",
        "peer-cluster-orchestrator": "peer_cluster",
    },
    requires={
        "certificates": "tls-certificates",
        "peer-certificates": "tls-certificates",
        "client-cas": "certificate_transfer",
        "peer-cluster": "peer_cluster",
        "oauth": "oauth",
    },
    peers={"cluster"},
    left_out={"cos-agent", "peer-certificates", "client-cas", "oauth"},
)
ZOOKEEPER = Reference(
    "zookeeper",
    options={
        "init-limit": 5,
        "sync-limit": 2,
        "tick-time": 2000,
        "log-level": "INFO",
        "certificate-include-ip-sans": True,
        "expose-external": "false",
        "loadbalancer-extra-annotations": "",
    },
    actions={
        "get-super-password": set(),
        "get-sync-password": set(),
        "pre-upgrade-check": set(),
        "set-password": {"username", "password"},
        "set-tls-private-key": {"internal-key"},
        "create-backup": set(),
        "list-backups": set(),
        "restore": {"backup-id"},
    },
    provides={"zookeeper": "zookeeper", "cos-agent": "cos_agent"},
    requires={"certificates": "tls-certificates", "s3-credentials": "s3"},
    peers={"cluster"},
    left_out={"cos-agent", "s3-credentials", "create-backup", "list-backups", "restore"},
)
DATA_INTEGRATOR = Reference(
    "data-integrator",
    options=dict.fromkeys(
        (
            "database-name",
            "topic-name",
            "index-name",
            "prefix-name",
            "keyspace-name",
            "entity-type",
            "entity-permissions",
            "extra-user-roles",
            "extra-group-roles",
            "consumer-group-prefix",
            "mtls-cert",
            "requested-entities-secret",
        )
    ),
    actions={"get-credentials": set()},
    provides={"mongos": "mongos_client"},
    requires={
        "mysql": "mysql_client",
        "postgresql": "postgresql_client",
        "mongodb": "mongodb_client",
        "kafka": "kafka_client",
        "zookeeper": "zookeeper",
        "opensearch": "opensearch_client",
        "kyuubi": "kyuubi_client",
        "etcd": "etcd_client",
        "cassandra": "cassandra_client",
        "valkey": "valkey_client",
    },
    peers={"data-integrator-peers"},
    left_out={
        *("cassandra", "kyuubi", "valkey", "mongos"),
        *("keyspace-name", "requested-entities-secret"),
    },
)
KAFKA_TEST_APP = Reference(
    "kafka-test-app",
    options={
        "role": "consumer",
        "topic_name": "test-topic",
        "replication_factor": 1,
        "consumer_group_prefix": None,
        "partitions": 5,
        "num_messages": 1000,
    },
    actions={
        "start-process": {
            *("servers", "username", "password"),
            *("topic-name", "consumer-group-prefix"),
        },
        "stop-process": set(),
    },
    provides={},
    requires={
        "kafka-cluster": "kafka_client",
        "database": "mongodb_client",
        "certificates": "tls-certificates",
    },
    peers={"app-peers"},
    left_out={"database"},
    ours={"message_interval"},
)
SELF_SIGNED_CERTIFICATES = Reference(
    "self-signed-certificates",
    options={
        "ca-common-name": "self-signed-certificates-operator",
        "ca-organization": None,
        "ca-organizational-unit": None,
        "ca-email-address": None,
        "ca-country-name": None,
        "ca-state-or-province-name": None,
        "ca-locality-name": None,
        "root-ca-validity": "365d",
        "certificate-validity": "90d",
        "certificate-limit": 99,
    },
    actions={"get-ca-certificate": set(), "get-issued-certificates": set()}
    | {"rotate-private-key": set()},
    provides={"certificates": "tls-certificates", "send-ca-cert": "certificate_transfer"},
    requires={"tracing": "tracing"},
    left_out={"tracing"},
)
ALL = (KAFKA, KAFKA_4, ZOOKEEPER, DATA_INTEGRATOR, KAFKA_TEST_APP, SELF_SIGNED_CERTIFICATES)
each_charm = pytest.mark.parametrize("reference", ALL, ids=lambda one: one.place.name)


def read(reference: Reference, file: str) -> dict[str, Any]:
    return yaml.safe_load((reference.place / f"{file}.yaml").read_text())


def kept(reference: Reference, names: dict[str, Any]) -> dict[str, Any]:
    return {name: what for name, what in names.items() if name not in reference.left_out}


@each_charm
def test_the_options_and_their_defaults_are_the_same(reference: Reference) -> None:
    ours = {n: option.get("default") for n, option in read(reference, "config")["options"].items()}
    wanted = {**kept(reference, reference.options), **{n: ours[n] for n in reference.ours}}
    assert ours == wanted


@each_charm
def test_the_actions_and_their_parameters_are_the_same(reference: Reference) -> None:
    ours = {name: set(what.get("params", {})) for name, what in read(reference, "actions").items()}
    assert ours == kept(reference, reference.actions)


@each_charm
def test_the_endpoints_are_the_same(reference: Reference) -> None:
    metadata = read(reference, "metadata")
    for role in ("provides", "requires"):
        ours = {n: endpoint["interface"] for n, endpoint in metadata.get(role, {}).items()}
        assert ours == kept(reference, getattr(reference, role))
    assert set(metadata.get("peers", {})) == reference.peers


@each_charm
def test_the_readme_names_every_option_action_and_endpoint_and_what_is_left_out(
    reference: Reference,
) -> None:
    readme = (reference.place / "README.md").read_text()
    names = {
        *reference.options,
        *reference.actions,
        *reference.provides,
        *reference.requires,
        *reference.ours,
    }
    assert not {name for name in names if f"`{name}`" not in readme}


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("kafka", [text for *_, text in of_kafka.TABLE]),
        ("kafka-4", [text for *_, text in of_kafka_4.TABLE]),
        ("zookeeper", [row[-1] for row in (*of_zookeeper.TABLE, *of_zookeeper._CLUSTER)]),
    ],
)
def test_the_readme_names_every_status(name: str, texts: list[str]) -> None:
    readme = (CHARMS / name / "README.md").read_text()
    told = {text.partition("{")[0].strip() for text in texts}
    assert not {text for text in told if text not in readme}
