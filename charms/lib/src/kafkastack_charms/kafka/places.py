"""Hosts that an operator names: their form, for a listener and for a certificate, and ports."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Sequence

from kafkastack_charms.host import is_address
from kafkastack_charms.kafka.listeners import BASES, DEFAULT_BASE, from_elsewhere

Place = tuple[str, int]  # a host, and the base of its port

_LABEL = r"[0-9A-Za-z_](?:[0-9A-Za-z_-]{0,61}[0-9A-Za-z_])?"
# The last label of a name has a letter: else it would be an address that is none.
_NAME = re.compile(rf"(?:{_LABEL}\.)*(?![0-9]+\Z){_LABEL}")
_PLACE = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]]+))(?::[+]?([0-9]{1,6}))?")
_LONGEST = 253  # characters of a name, RFC 1035


def is_host(text: str) -> bool:
    """Report whether a text is one host: a name as DNS has it, or an address of one machine."""
    if is_address(text):
        return _is_of_one_machine(text)
    return len(text) <= _LONGEST and bool(_NAME.fullmatch(text))


def is_certified(text: str) -> bool:
    """Report whether a certificate may carry a name: a host, or all hosts of a domain."""
    return is_host(text.removeprefix("*."))


def _is_of_one_machine(text: str) -> bool:
    found = ipaddress.ip_address(text)
    address = getattr(found, "ipv4_mapped", None) or found
    is_broadcast = str(address) == "255.255.255.255"
    has_zone = "%" in text  # means something on one machine only
    return not (address.is_unspecified or address.is_multicast or is_broadcast or has_zone)


def parse(text: str) -> Place | None:
    """Read `host` or `host:base`, an IPv6 address in brackets; None where it is none."""
    match = _PLACE.fullmatch(text)
    if not match:
        return None
    host, base = match[1] or match[2], int(match[3] or DEFAULT_BASE)
    is_bracketed = bool(match[1])
    fits = is_host(host) and base in BASES and is_bracketed == (":" in host)
    return (host, base) if fits else None


def find_fault(places: Sequence[Place]) -> str:
    """Return which ports cannot be, or ""; both of TLS and without it: a change has them open."""
    ports = Counter(
        one.port
        for encrypted in (False, True)
        for one in from_elsewhere(tuple(places), encrypted, lambda _: False)
    )
    if highest := max((port for port in ports if port >= 2**16), default=0):
        return f"the last one would have port {highest}: take fewer, or lower bases"
    if shared := min((port for port, times in ports.items() if times > 1), default=0):
        return f"two of them would have port {shared}: take other bases"
    return ""
