"""Which options are taken, which are refused in words, and what a broker is told of them."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.charms.kafka.modules import CHARM, options

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
    return options.Options.parse({**DEFAULTS, **changed}, 2)


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
        ({"log_retention_ms": "-2"}, "log_retention_ms must be -1 to 9223372036854775807, not -2"),
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
            "extra_listeners must be host or host:base, a base of 20001 to 50000, not host:80",
        ),
        (
            {"extra_listeners": "host:http"},
            "extra_listeners must be a whole number, not http",
        ),
    ],
)
def test_an_option_that_cannot_be_says_which_may(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(options.BadOptionError) as refused:
        parse(**changed)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "rules",
    ["DEFAULT", "RULE:^CN=(.*?),OU=x.*$/$1/L", "RULE:^CN=(.*?)$/$1@$2/,DEFAULT", "RULE:a\\/b/c/U"],
)
def test_rules_of_names_are_read_as_kafka_reads_them(rules: str) -> None:
    told = parse(ssl_principal_mapping_rules=rules).properties
    assert told["ssl.principal.mapping.rules"] == rules


def test_a_cipher_suite_that_the_jvm_does_not_know_is_named() -> None:
    config = {**DEFAULTS, "ssl_cipher_suites": "TLS_ONE, NO_SUCH_CIPHER"}
    with pytest.raises(options.BadOptionError) as refused:
        options.check_cipher_suites(config, {"TLS_ONE"})
    assert str(refused.value) == "ssl_cipher_suites: this JVM knows no NO_SUCH_CIPHER"
    options.check_cipher_suites({**DEFAULTS, "ssl_cipher_suites": "TLS_ONE"}, {"TLS_ONE"})


def test_names_and_places_know_the_number_of_their_unit() -> None:
    some = parse(certificate_extra_sans="w-{unit}.example, ", extra_listeners="a-{unit},b:20001")
    assert some.extra_names == ("w-2.example",)
    assert some.extra_places == (("a-2", 30000), ("b", 20001))


@given(st.sampled_from(sorted(options.PASSED_ON)), st.text(max_size=20))
def test_no_text_adds_a_line_of_its_own(name: str, text: str) -> None:
    try:
        told = parse(**{name: text}).properties
    except options.BadOptionError:
        return
    assert all(len(value.splitlines()) <= 1 for value in told.values())
