"""Options: those taken, those refused with a sentence, and those that a broker is told of."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms.kafka import options
from kafkastack_charms.server_charm import BadOptionError

from tests.charms.kafka import modules
from tests.charms.kafka.modules import CHARM

FILE = yaml.safe_load((CHARM / "config.yaml").read_text())["options"]
DEFAULTS: dict[str, Any] = {name: option["default"] for name, option in FILE.items()}
# Track 3 without those of roles that this charm does not have.
TRACK_3 = (
    "compression_type",
    "log_flush_interval_messages",
    "log_flush_interval_ms",
    "log_flush_offset_checkpoint_interval_ms",
    "log_retention_bytes",
    "log_retention_ms",
    "log_segment_bytes",
    "message_max_bytes",
    "offsets_topic_num_partitions",
    "transaction_state_log_num_partitions",
    "unclean_leader_election_enable",
    "log_cleaner_delete_retention_ms",
    "log_cleaner_min_compaction_lag_ms",
    "log_cleanup_policy",
    "log_message_timestamp_type",
    "ssl_cipher_suites",
    "ssl_principal_mapping_rules",
    "replication_quota_window_num",
    "zookeeper_ssl_cipher_suites",
    "profile",
    "certificate_extra_sans",
    "extra_listeners",
    "log_level",
)


def parse(**changed: Any) -> Any:
    return modules.options.FORM.parse({**DEFAULTS, **changed}, 2)


def test_the_options_are_those_of_track_3() -> None:
    assert sorted(FILE) == sorted(TRACK_3)


def test_the_defaults_are_taken_and_empty_ones_left_to_kafka() -> None:
    told = parse().properties
    assert told["log.retention.ms"] == "-1"
    assert told["unclean.leader.election.enable"] == "false"
    assert told["log.flush.offset.checkpoint.interval.ms"] == "60000"
    assert "ssl.cipher.suites" not in told
    assert not {"profile", "log.level", "extra.listeners"} & told.keys()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"profile": "fast"}, "profile must be one of testing, staging, production, not fast"),
        (
            {"compression_type": "rar"},
            "compression_type must be one of gzip, snappy, lz4, zstd, uncompressed, producer,"
            " not rar",
        ),
        ({"log_level": "LOUD"}, "log_level must be one of DEBUG, INFO, WARNING, ERROR, not LOUD"),
        ({"log_retention_ms": "soon"}, "log_retention_ms must be a whole number, not soon"),
        (
            {"log_retention_ms": "-2"},
            "log_retention_ms must be -1 or 1 to 9223372036854775807, not -2",
        ),
        (
            {"log_segment_bytes": 2**31},
            "log_segment_bytes must be 14 to 2147483647, not 2147483648",
        ),
        (
            {"ssl_principal_mapping_rules": "RULE:open"},
            "ssl_principal_mapping_rules must have the form that Kafka reads, not RULE:open",
        ),
        ({"ssl_cipher_suites": "a\nsuper.users=User:me"}, "ssl_cipher_suites must be one line"),
        (
            {"extra_listeners": "host:80"},
            "extra_listeners must be host or host:base, a base of 20001 to 50000, the"
            " host a name as DNS has it or the IP address of one machine, not host:80",
        ),
        (
            {"extra_listeners": "a:30100,b:30000"},
            "extra_listeners: two of them would have port 39192: take other bases",
        ),
        (  # without TLS, and with it: both are open while brokers change to it
            {"extra_listeners": "a:30001,b:29900"},
            "extra_listeners: two of them would have port 39093: take other bases",
        ),
        (
            {"extra_listeners": ",".join(f"a{n}:50000" for n in range(70))},
            "extra_listeners: the last one would have port 65993: take fewer, or lower bases",
        ),
        (
            {"certificate_extra_sans": "kafka.example,b\u00fccher.example"},
            "certificate_extra_sans must be names of hosts as DNS has them (xn--… for other"
            " letters), or IP addresses, not b\u00fccher.example",
        ),
        (
            {"log_retention_ms": "9" * 5000},
            f"log_retention_ms must be a whole number, not {'9' * 60}…",
        ),
        (
            {"offsets_topic_num_partitions": 9001},
            "offsets_topic_num_partitions must be 1 to 9000, not 9001",
        ),
    ],
)
def test_an_option_that_cannot_be_says_which_may(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(BadOptionError) as refused:
        parse(**changed)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "rules",
    [
        "DEFAULT",
        "RULE:^CN=(.*?),OU=x.*$/$1/L",
        "RULE:^CN=(.*?)$/$1@$2/,DEFAULT",
        "RULE:a\\/b/c/U",
        "RULE:[a-c]{1,3}x/y/",
    ],
)
def test_rules_of_names_are_read_as_kafka_reads_them(rules: str) -> None:
    told = parse(ssl_principal_mapping_rules=rules).properties
    assert told["ssl.principal.mapping.rules"] == rules


def test_a_cipher_suite_that_the_jvm_does_not_know_is_named() -> None:
    asked = modules.options.FORM.cipher_suites
    config = {**DEFAULTS, "ssl_cipher_suites": "TLS_AES_ONE, NO_SUCH_CIPHER"}
    with pytest.raises(BadOptionError) as refused:
        options.check_cipher_suites(asked(config), {"TLS_AES_ONE"})
    assert str(refused.value) == "ssl_cipher_suites: this JVM knows no NO_SUCH_CIPHER"
    config = {**DEFAULTS, "ssl_cipher_suites": "TLS_AES_ONE"}
    options.check_cipher_suites(asked(config), {"TLS_AES_ONE"})


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "[::]", "[::ffff:0.0.0.0]", "224.0.0.1", "1.2.3", "my host", "a/b", "", "*.x"],
)
def test_what_is_no_host_of_one_machine_is_no_place(host: str) -> None:
    with pytest.raises(BadOptionError, match="extra_listeners must be host or host:base"):
        parse(extra_listeners=f"kafka.example,{host}:30000")


def test_suites_of_which_none_goes_with_the_keys_of_the_units_are_refused() -> None:
    rsa, ec = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
    known = {rsa, ec, "TLS_AES_256_GCM_SHA384"}
    with pytest.raises(BadOptionError) as refused:
        options.check_cipher_suites({"ssl_cipher_suites": (rsa,)}, known)
    assert str(refused.value) == (
        "ssl_cipher_suites: none goes with the EC keys of the units, add TLS_AES_256_GCM_SHA384"
    )
    options.check_cipher_suites({"ssl_cipher_suites": (rsa, ec)}, known)
    options.check_cipher_suites({"ssl_cipher_suites": ("TLS_AES_256_GCM_SHA384",)}, known)
    options.check_cipher_suites({"zookeeper_ssl_cipher_suites": (rsa,)}, known)


def test_names_and_places_know_the_number_of_their_unit() -> None:
    some = parse(
        certificate_extra_sans="w-{unit}.example, *.example,",
        extra_listeners="a-{unit},[fd00::7]:20001",
    )
    assert some.extra_names == ("w-2.example", "*.example")
    assert some.extra_places == (("a-2", 30000), ("fd00::7", 20001))


@given(st.sampled_from(sorted(modules.options.FORM.rows)), st.text(max_size=20))
def test_no_text_adds_a_line_of_its_own(key: str, text: str) -> None:
    try:
        told = parse(**{modules.options.FORM.name(key): text}).properties
    except BadOptionError:
        return
    assert all(len(value.splitlines()) <= 1 for value in told.values())
