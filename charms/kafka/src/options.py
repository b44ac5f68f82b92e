"""Options of the charm: which values can be, and when Kafka takes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum, auto
from typing import NamedTuple

from kafkastack_charms.listeners import BASES, DEFAULT_BASE
from kafkastack_charms.log4j import LEVELS
from kafkastack_charms.server_charm import BadOptionError

Config = Mapping[str, bool | int | float | str]

PROFILES = ("testing", "staging", "production")


class Scope(Enum):
    """When Kafka takes another value: the update mode of its documentation."""

    READ_ONLY = auto()  # at the next start
    CLUSTER_WIDE = auto()  # while it runs; on each broker as well


class Row(NamedTuple):
    """One option that is passed on; its name in server.properties is the same with dots."""

    scope: Scope
    least: int | None = None  # of a number
    most: int = 2**63 - 1
    choices: tuple[str, ...] = ()  # of a word; any one line, where there are none
    form: str = ""  # of a text, as an expression


# How Kafka reads rules: DEFAULT, or RULE:pattern/replacement/ with L or U.
_RULE = r"(?:DEFAULT|RULE:(?:\\.|[^\\/])*/(?:\\.|[^\\/])*/[LU]?)"
_RULES = rf"\s*{_RULE}(?:\s*,\s*{_RULE})*\s*"
_ONCE, _LIVE, _INT = Scope.READ_ONLY, Scope.CLUSTER_WIDE, 2**31 - 1
PASSED_ON: dict[str, Row] = {
    "compression_type": Row(
        _LIVE, choices=("gzip", "snappy", "lz4", "zstd", "uncompressed", "producer")
    ),
    "log_flush_interval_messages": Row(_LIVE, least=1),
    "log_flush_interval_ms": Row(_LIVE, least=0),
    "log_flush_offset_checkpoint_interval_ms": Row(_ONCE, least=0, most=_INT),
    "log_retention_bytes": Row(_LIVE, least=-1),
    "log_retention_ms": Row(_LIVE, least=-1),
    "log_segment_bytes": Row(_LIVE, least=14, most=_INT),
    "message_max_bytes": Row(_LIVE, least=0, most=_INT),
    "offsets_topic_num_partitions": Row(_ONCE, least=1, most=_INT),
    "transaction_state_log_num_partitions": Row(_ONCE, least=1, most=_INT),
    "unclean_leader_election_enable": Row(_LIVE),
    "log_cleaner_delete_retention_ms": Row(_LIVE, least=0),
    "log_cleaner_min_compaction_lag_ms": Row(_LIVE, least=0),
    "log_cleanup_policy": Row(
        _LIVE, choices=("delete", "compact", "delete,compact", "compact,delete")
    ),
    "log_message_timestamp_type": Row(_LIVE, choices=("CreateTime", "LogAppendTime")),
    "ssl_cipher_suites": Row(_ONCE),
    "ssl_principal_mapping_rules": Row(_ONCE, form=_RULES),
    "replication_quota_window_num": Row(_ONCE, least=1, most=_INT),
    "zookeeper_ssl_cipher_suites": Row(_ONCE),
}


CIPHER_SUITES = ("ssl_cipher_suites", "zookeeper_ssl_cipher_suites")


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
        if level not in LEVELS:
            known = ", ".join(LEVELS)
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
    _check_row("profile", Row(_ONCE, choices=PROFILES), config["profile"])
    for name, row in PASSED_ON.items():
        _check_row(name, row, config[name])


def _check_row(name: str, row: Row, value: float | str) -> None:
    if row.choices and value not in row.choices:
        choices = ", ".join(row.choices)
        raise BadOptionError(f"{name} must be one of {choices}, not {value}")
    if row.least is not None and not row.least <= _number(name, value) <= row.most:
        raise BadOptionError(f"{name} must be {row.least} to {row.most}, not {value}")
    if row.form and not re.fullmatch(row.form, str(value)):
        raise BadOptionError(f"{name} must have the form that Kafka reads, not {value}")
    if len(str(value).splitlines()) > 1:
        raise BadOptionError(f"{name} must be one line")


def check_cipher_suites(config: Config, known: Iterable[str]) -> None:
    """Raise BadOptionError for a cipher suite that the JVM does not know."""
    for name in CIPHER_SUITES:
        unknown = sorted(set(_split(config[name], 0)) - set(known))
        if unknown:
            raise BadOptionError(f"{name}: this JVM knows no {', '.join(unknown)}")


def _number(name: str, value: float | str) -> int:
    try:
        return int(value)
    except ValueError:
        raise BadOptionError(f"{name} must be a whole number, not {value}") from None


def _name(option: str) -> str:
    return option.replace("_", ".")


LIVE = frozenset(_name(option) for option, row in PASSED_ON.items() if row.scope is _LIVE)
"""Properties that a running broker takes."""


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
