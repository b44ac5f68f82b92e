"""Address at which clients from elsewhere find a Kafka, checked before it is opened."""

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable

from kafkastack.cli.kafka.plan import MOST_EXPOSED, named
from kafkastack.errors import ConflictError, UsageError

_NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*")
_SUCH_AS = "such as the one that containers of Docker reach: --expose 172.17.0.1"


def checked_address(text: str, brokers: int, is_ours: Callable[[str], bool] | None) -> str:
    """Return what --expose names; `is_ours` tells of an address whether this host has it."""
    if brokers > MOST_EXPOSED:
        raise UsageError(
            f"--expose serves {MOST_EXPOSED} brokers at most: each has a port of its own",
            f"type: --brokers {MOST_EXPOSED}",
        )
    address = _parse(text)
    if address is not None and (address.is_unspecified or address.is_multicast):
        raise UsageError(f"--expose takes an address that clients can reach, not {text}", _SUCH_AS)
    if address is not None and address.version != 4:
        raise UsageError(f"--expose takes an IPv4 address or a name, not {text}", _SUCH_AS)
    if address is None and not _NAME.fullmatch(text):
        raise UsageError(f'--expose takes an address or a name, not "{text:.60}"', _SUCH_AS)
    if is_ours is not None and address is None:
        raise UsageError(f"--expose takes an address of this computer, not {text}", _SUCH_AS)
    if is_ours is not None and not is_ours(text):
        raise UsageError(
            f"{text} is no address of this computer", "see which it has: ip -brief address"
        )
    return text


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def is_of_this_host(address: str, port: int = 0) -> bool:
    """Report whether a program of this host can listen at an IPv4 address, at a port of its."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as a server does
        try:
            tried.bind((address, port))
        except OSError:
            return False
    return True


def check_free(address: str, ports: Iterable[int]) -> None:
    """Refuse an address where another program has a port that a broker is to open."""
    for port in ports:
        if not is_of_this_host(address, port):
            raise ConflictError(
                f"{address}:{port} is in use, and a broker is to listen there",
                f"see who does: ss -ltnp 'sport = :{port}'; or take another of its addresses",
            )


def what_it_opens(addresses: list[str], name: str) -> str:
    """Say in one sentence who comes in where."""
    return (
        f"Exposed at {', '.join(addresses)}: whoever reaches this address can connect, and enters "
        f"with the password, through TLS.\nTo close it: kafkastack kafka start{named(name)} "
        "--no-expose"
    )
