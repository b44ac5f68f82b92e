"""What the operator may choose, checked, and what it means to the broker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from listeners import BASES, DEFAULT_BASE

Config = Mapping[str, bool | int | float | str]

PROFILES = ("testing", "staging", "production")
LOG_LEVELS = {"DEBUG": "DEBUG", "INFO": "INFO", "WARNING": "WARN", "ERROR": "ERROR"}
# What is passed on: the name of each in server.properties is the same with dots.
PASSED_ON = (
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
)
_CHOICES = {
    "profile": PROFILES,
    "compression_type": ("gzip", "snappy", "lz4", "zstd", "uncompressed", "producer"),
    "log_message_timestamp_type": ("CreateTime", "LogAppendTime"),
    "log_cleanup_policy": ("delete", "compact", "delete,compact", "compact,delete"),
}
# The smallest value of each number; all fit in 64 bits.
_LEAST: dict[str, int] = {
    "log_flush_interval_messages": 1,
    "log_flush_interval_ms": 0,
    "log_flush_offset_checkpoint_interval_ms": 0,
    "log_retention_bytes": -1,
    "log_retention_ms": -1,
    "log_segment_bytes": 14,
    "message_max_bytes": 0,
    "offsets_topic_num_partitions": 1,
    "transaction_state_log_num_partitions": 1,
    "log_cleaner_delete_retention_ms": 0,
    "log_cleaner_min_compaction_lag_ms": 0,
    "replication_quota_window_num": 1,
}
_LARGEST: int = 9223372036854775807
_MOST: dict[str, int] = {
    **dict.fromkeys(("log_segment_bytes", "message_max_bytes"), 2**31 - 1),
    **dict.fromkeys(("offsets_topic_num_partitions", "replication_quota_window_num"), 2**31 - 1),
    "transaction_state_log_num_partitions": 2**31 - 1,
    "log_flush_offset_checkpoint_interval_ms": 2**31 - 1,
}


class BadOptionError(ValueError):
    """An option has a value that cannot be; the message says which may."""


class Options(NamedTuple):
    """The options of the charm, checked."""

    profile: str
    log_level: str
    properties: dict[str, str]  # lines of server.properties
    extra_names: tuple[str, ...]  # for the certificate
    extra_places: tuple[tuple[str, int], ...]  # host and base of a port

    @classmethod
    def parse(cls, config: Config, unit_number: int) -> Options:
        """Read the options; raise BadOptionError with the words for a person."""
        _check(config)
        level = str(config["log_level"]).upper()
        if level not in LOG_LEVELS:
            known = ", ".join(LOG_LEVELS)
            raise BadOptionError(f"log_level must be one of {known}, not {config['log_level']}")
        return cls(
            profile=str(config["profile"]),
            log_level=level,
            properties={_name(key): _text(config[key]) for key in PASSED_ON if config[key] != ""},
            extra_names=_split(config["certificate_extra_sans"], unit_number),
            extra_places=tuple(
                _place(text) for text in _split(config["extra_listeners"], unit_number)
            ),
        )


def _check(config: Config) -> None:
    for name, known in _CHOICES.items():
        if config[name] not in known:
            choices = ", ".join(known)
            raise BadOptionError(f"{name} must be one of {choices}, not {config[name]}")
    for name, least in _LEAST.items():
        most = _MOST.get(name, _LARGEST)
        if not least <= _number(name, config[name]) <= most:
            raise BadOptionError(f"{name} must be {least} to {most}, not {config[name]}")
    for name in PASSED_ON:
        if len(str(config[name]).splitlines()) > 1:
            raise BadOptionError(f"{name} must be one line")


def _number(name: str, value: float | str) -> int:
    try:
        return int(value)
    except ValueError:
        raise BadOptionError(f"{name} must be a whole number, not {value}") from None


def _name(option: str) -> str:
    return option.replace("_", ".")


def _text(value: bool | float | str) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _split(value: object, unit_number: int) -> tuple[str, ...]:
    parts = (part.strip() for part in str(value).split(","))
    return tuple(part.replace("{unit}", str(unit_number)) for part in parts if part)


def _place(text: str) -> tuple[str, int]:
    host, colon, base = text.partition(":")
    number = _number("extra_listeners", base) if colon else DEFAULT_BASE
    if not host or number not in BASES:
        raise BadOptionError(
            f"extra_listeners must be host or host:base, a base of {BASES[0]} to {BASES[-1]},"
            f" not {text}"
        )
    return host, number
