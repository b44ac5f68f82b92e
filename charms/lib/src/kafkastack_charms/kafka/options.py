"""Options of a Kafka charm: which values can be, and when a broker takes them.

They are named by Kafka's own properties; a charm has its own way to write the dots.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import NamedTuple

from kafkastack_charms.kafka import places
from kafkastack_charms.kafka.listeners import BASES
from kafkastack_charms.log4j import LEVELS
from kafkastack_charms.server_charm import BadOptionError

Config = Mapping[str, bool | int | float | str]

PROFILES = ("testing", "staging", "production")


class Scope(Enum):
    """When Kafka takes another value: the update mode of its documentation."""

    READ_ONLY = auto()  # at the next start
    CLUSTER_WIDE = auto()  # while it runs; on each broker as well


class Row(NamedTuple):
    """One option that is passed on to server.properties."""

    scope: Scope
    least: int | None = None  # of a number
    most: int = 2**63 - 1
    unlimited: bool = False  # -1 is a number as well
    choices: tuple[str, ...] = ()  # of a word; any one line, where there are none
    form: Callable[[str], bool] | None = None  # of a text


_NUMBER = re.compile(r"[+-]?[0-9]{1,40}", re.ASCII)  # as Java reads it
_SHOWN = 60  # characters of a value in a message
# Suites of TLS 1.3, and of TLS 1.2 those that go with the keys that units make for themselves.
_GOES_WITH_EC = re.compile(r"TLS_(?:AES|CHACHA20|ECDHE_ECDSA_WITH)_\w+")
# How Kafka reads rules: DEFAULT, or RULE:pattern/replacement/ with L or U.
_RULE = re.compile(r"\s*(?:DEFAULT|RULE:((?:\\.|[^\\/])*)/(?:\\.|[^\\/])*/[LU]?)\s*")
# What Java's and Python's expressions have in common.
_PART = r"\\[^a-zA-Z0-9]|\\[dDwWsS]"
_CLASS = rf"\[\^?(?:[^\\\[\]&]|{_PART})+\]"
_TIMES = r"(?<=[\w.)\]])\{\d{1,3}(?:,\d{0,3})?\}"
_EXPRESSION = re.compile(
    rf"(?:[^\\()\[\]{{}}]|{_PART}|\(\?:|\((?!\?)|\)|{_CLASS}|{_TIMES})*", re.ASCII
)


def _are_rules(text: str) -> bool:
    """Report whether Kafka takes a text for rules of names."""
    at = -1
    while at < len(text):
        found = _RULE.match(text, at + 1)
        if not found or not _is_expression(found[1] or ""):
            return False
        at = found.end()
        if text[at : at + 1] not in (",", ""):
            return False
    return True


def _is_expression(text: str) -> bool:
    if not _EXPRESSION.fullmatch(text):
        return False
    try:
        re.compile(text)
    except re.error:
        return False
    return True


_ONCE, _LIVE, _INT = Scope.READ_ONLY, Scope.CLUSTER_WIDE, 2**31 - 1
# A controller makes a topic in one step of 10000 records at most, and some are no partitions.
_PARTITIONS = 9000
ROWS: Mapping[str, Row] = MappingProxyType(
    {
        "compression.type": Row(
            _LIVE, choices=("gzip", "snappy", "lz4", "zstd", "uncompressed", "producer")
        ),
        "log.flush.interval.messages": Row(_LIVE, least=1),
        "log.flush.interval.ms": Row(_LIVE, least=0),
        "log.flush.offset.checkpoint.interval.ms": Row(_ONCE, least=0, most=_INT),
        "log.retention.bytes": Row(_LIVE, least=-1),
        "log.retention.ms": Row(_LIVE, least=1, unlimited=True),
        "log.segment.bytes": Row(_LIVE, least=14, most=_INT),
        "message.max.bytes": Row(_LIVE, least=0, most=_INT),
        "offsets.topic.num.partitions": Row(_ONCE, least=1, most=_PARTITIONS),
        "transaction.state.log.num.partitions": Row(_ONCE, least=1, most=_PARTITIONS),
        "unclean.leader.election.enable": Row(_LIVE),
        "log.cleaner.delete.retention.ms": Row(_LIVE, least=0),
        "log.cleaner.min.compaction.lag.ms": Row(_LIVE, least=0),
        "log.cleanup.policy": Row(
            _LIVE, choices=("delete", "compact", "delete,compact", "compact,delete")
        ),
        "log.message.timestamp.type": Row(_LIVE, choices=("CreateTime", "LogAppendTime")),
        "ssl.cipher.suites": Row(_ONCE),
        "ssl.principal.mapping.rules": Row(_ONCE, form=_are_rules),
        "replication.quota.window.num": Row(_ONCE, least=1, most=_INT),
    }
)
"""What both tracks pass on."""


class Options(NamedTuple):
    """The options of a charm that both tracks have, checked."""

    profile: str
    log_level: str
    properties: dict[str, str]  # lines of server.properties
    extra_names: tuple[str, ...]  # for the certificate
    extra_places: tuple[tuple[str, int], ...]  # host and base of a port


class Form(NamedTuple):
    """The options of one charm: what it passes on, and how it writes their names."""

    rows: Mapping[str, Row]
    mark: str  # between the words of a name

    def name(self, key: str) -> str:
        """Return the option of a property."""
        return key.replace(".", self.mark)

    @property
    def live(self) -> frozenset[str]:
        """Properties that a running broker takes."""
        return frozenset(key for key, row in self.rows.items() if row.scope is _LIVE)

    def parse(self, config: Config, unit_number: int) -> Options:
        """Read the options; raise BadOptionError with the words for a person."""
        rows = {"profile": Row(_ONCE, choices=PROFILES), **self.rows}
        for key, row in rows.items():
            _check(self.name(key), row, config[self.name(key)])
        given = {key: config[self.name(key)] for key in self.rows}
        return Options(
            profile=str(config["profile"]),
            log_level=_read_level(self.name("log.level"), config),
            properties={key: _text(value) for key, value in given.items() if value != ""},
            extra_names=_read_names(self.name("certificate.extra.sans"), config, unit_number),
            extra_places=_read_places(self.name("extra.listeners"), config, unit_number),
        )

    def cipher_suites(self, config: Config) -> dict[str, tuple[str, ...]]:
        """Return the cipher suites that are asked for, by option, where there are any."""
        names = [self.name(key) for key in self.rows if key.endswith("cipher.suites")]
        return {name: found for name in names if (found := split(config[name], 0))}


def check_cipher_suites(asked: Mapping[str, Iterable[str]], known: Collection[str]) -> None:
    """Raise BadOptionError for a suite that the JVM does not know, and for too few of them."""
    for name, suites in asked.items():
        suites = tuple(suites)
        if unknown := sorted(set(suites) - set(known)):
            raise BadOptionError(f"{name}: this JVM knows no {', '.join(unknown)}")
        shows_own_key = name.startswith("ssl")  # ZooKeeper shows a key of its own
        if shows_own_key and not any(map(_GOES_WITH_EC.fullmatch, suites)):
            raise BadOptionError(
                f"{name}: none goes with the EC keys of the units, add TLS_AES_256_GCM_SHA384"
            )


def split(value: object, unit_number: int) -> tuple[str, ...]:
    """Return the words of a list; {unit} is the number of the unit."""
    parts = (part.strip() for part in str(value).split(","))
    return tuple(part.replace("{unit}", str(unit_number)) for part in parts if part)


def _check(name: str, row: Row, value: float | str) -> None:
    if row.choices and value not in row.choices:
        choices = ", ".join(row.choices)
        raise BadOptionError(f"{name} must be one of {choices}, not {_brief(value)}")
    if row.least is not None and not _is_within(row, _number(name, value)):
        least = f"-1 or {row.least}" if row.unlimited else row.least
        raise BadOptionError(f"{name} must be {least} to {row.most}, not {_brief(value)}")
    if row.form and not row.form(str(value)):
        raise BadOptionError(f"{name} must have the form that Kafka reads, not {_brief(value)}")
    if len(str(value).splitlines()) > 1:
        raise BadOptionError(f"{name} must be one line")


def _is_within(row: Row, number: int) -> bool:
    return (row.unlimited and number == -1) or (row.least or 0) <= number <= row.most


def _read_level(name: str, config: Config) -> str:
    level = str(config[name]).upper()
    if level not in LEVELS:
        raise BadOptionError(
            f"{name} must be one of {', '.join(LEVELS)}, not {_brief(config[name])}"
        )
    return level


def _number(name: str, value: float | str) -> int:
    if not _NUMBER.fullmatch(str(value)):
        raise BadOptionError(f"{name} must be a whole number, not {_brief(value)}")
    return int(value)


def _text(value: bool | float | str) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read_names(name: str, config: Config, unit_number: int) -> tuple[str, ...]:
    names = split(config[name], unit_number)
    for one in names:
        if not places.is_certified(one):
            raise BadOptionError(
                f"{name} must be names of hosts as DNS has them (xn--… for other letters), or IP"
                f" addresses, not {_brief(one)}"
            )
    return names


def _read_places(name: str, config: Config, unit_number: int) -> tuple[places.Place, ...]:
    found: list[places.Place] = []
    for text in split(config[name], unit_number):
        place = places.parse(text)
        if place is None:
            raise BadOptionError(
                f"{name} must be host or host:base, a base of {BASES[0]} to {BASES[-1]}, the host"
                f" a name as DNS has it or the IP address of one machine, not {_brief(text)}"
            )
        found.append(place)
    if fault := places.find_fault(found):
        raise BadOptionError(f"{name}: {fault}")
    return tuple(found)


def _brief(value: object) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
