"""Opened ports as read, kept and shown; light, because `status` imports it."""

from collections.abc import Iterable
from itertools import pairwise

from kafkastack.errors import UsageError

_PROTOCOLS = ("tcp", "udp", "icmp")
_Range = tuple[int, int]


def normalize_port(text: str) -> str:
    """Return a port as Juju keeps it: "80" → "80/tcp", "8000-8010/udp", "icmp"."""
    numbers, _, protocol = text.strip().lower().partition("/")
    if numbers == "icmp" and protocol in ("", "-1"):
        return "icmp"
    protocol = protocol or "tcp"
    first, last = _read_range(numbers) or (0, 0)
    if protocol not in ("tcp", "udp") or not 1 <= first <= last <= 65535:
        raise UsageError(
            f'invalid port or range "{text}"', "type it like 9092, 9092/tcp, 8000-8010/udp or icmp"
        )
    return f"{_show_range((first, last))}/{protocol}"


def opened_ports(ports: Iterable[str]) -> list[str]:
    """Return recorded ports ("9092/tcp@kafka-client") once each, in the order they are shown."""
    return sorted({port.partition("@")[0] for port in ports}, key=_order)


def find_overlap(ports: Iterable[str]) -> tuple[str, str] | None:
    """Return two different ports that share numbers of one protocol, the lower one first."""
    for lower, higher in pairwise(sorted(set(ports), key=_order)):
        (protocol, taken), (other_protocol, numbers) = _order(lower), _order(higher)
        if protocol == other_protocol and numbers[0] <= taken[1]:
            return lower, higher
    return None


def format_ports(ports: Iterable[str]) -> str:
    """Show ports in one cell: "9092,19093/tcp 53/udp"; neighbours become a range."""
    ranges: dict[str, list[_Range]] = {}
    for port in opened_ports(ports):
        numbers, _, protocol = port.partition("/")
        ranges.setdefault(protocol or numbers, []).append(_read_range(numbers) or (0, 0))
    shown = [_show_protocol(p, ranges[p]) for p in sorted(ranges, key=_protocol_order)]
    return " ".join(shown)


def _show_protocol(protocol: str, ranges: list[_Range]) -> str:
    if protocol == "icmp":
        return protocol
    return ",".join(_show_range(r) for r in _join_neighbours(ranges)) + f"/{protocol}"


def _join_neighbours(ranges: list[_Range]) -> list[_Range]:
    joined: list[_Range] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _read_range(text: str) -> _Range | None:
    first, dash, last = text.partition("-")
    if not _is_number(first) or (dash and not _is_number(last)):
        return None
    return int(first), int(last or first)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5


def _show_range(numbers: _Range) -> str:
    first, last = numbers
    return str(first) if first == last else f"{first}-{last}"


def _order(port: str) -> tuple[int, _Range]:
    numbers, _, protocol = port.partition("/")
    return _protocol_order(protocol or numbers), _read_range(numbers) or (0, 0)


def _protocol_order(protocol: str) -> int:
    return _PROTOCOLS.index(protocol) if protocol in _PROTOCOLS else len(_PROTOCOLS)
