"""Options of the authority as they are read, and the ones among them that cannot be followed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import NamedTuple

Config = Mapping[str, object]
# Option → the attribute of a subject, as the certificate library calls it.
SUBJECT_OPTIONS = {
    "ca-common-name": "common_name",
    "ca-organization": "organization",
    "ca-organizational-unit": "organizational_unit",
    "ca-email-address": "email_address",
    "ca-country-name": "country_name",
    "ca-state-or-province-name": "state_or_province_name",
    "ca-locality-name": "locality_name",
}
VALIDITY_OPTIONS = ("certificate-validity", "root-ca-validity")
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "": timedelta(days=1),
}
_LONGEST = timedelta(days=36500)  # a certificate must end before the year 10000
# X.509 allows 64 characters for a name, two for a country; an address must be plain.
_ALLOWED: dict[str, Callable[[str], bool]] = {
    "ca-common-name": lambda value: 0 < len(value) <= 64,
    "ca-organization": lambda value: len(value) <= 64,
    "ca-organizational-unit": lambda value: len(value) <= 64,
    "ca-email-address": lambda value: not value or _is_address(value),
    "ca-country-name": lambda value: not value or re.fullmatch("[A-Za-z]{2}", value) is not None,
}


class Options(NamedTuple):
    """The options, parsed; `limit` is None without one."""

    subject: Mapping[str, str]
    root_validity: timedelta
    certificate_validity: timedelta
    limit: int | None


def find_invalid(config: Config) -> list[str]:
    """Return the names of the options that cannot be followed, in the order of the docs."""
    invalid = [name for name, allows in _ALLOWED.items() if not allows(_text(config, name))]
    certificate, root = (parse_duration(_text(config, name)) for name in VALIDITY_OPTIONS)
    if certificate is None or root is None or root < 2 * certificate:
        invalid.extend(VALIDITY_OPTIONS)
    return invalid


def read_options(config: Config) -> Options | None:
    """Return the parsed options, or None while any of them is invalid."""
    certificate, root = (parse_duration(_text(config, name)) for name in VALIDITY_OPTIONS)
    if find_invalid(config) or certificate is None or root is None:
        return None
    subject = {
        attribute: _text(config, name)
        for name, attribute in SUBJECT_OPTIONS.items()
        if _text(config, name)
    }
    limit = int(_text(config, "certificate-limit") or 0)
    return Options(subject, root, certificate, limit if limit > 0 else None)


def parse_duration(text: str) -> timedelta | None:
    """Return the length of `90d`, `12h`, `15m`, `10w` or `90` (days); None if it is none."""
    match = re.fullmatch(r"([0-9]{1,6})([mhdw]?)", text)
    length = int(match[1]) * _UNITS[match[2]] if match else timedelta()
    return length if timedelta() < length <= _LONGEST else None


def _is_address(value: str) -> bool:
    return value.isascii() and re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", value) is not None


def _text(config: Config, name: str) -> str:
    return str(config.get(name, "")).strip()
