"""Listening sockets of this host, and the holders of ports on every address."""

import ipaddress
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

PROC_NET = tuple(Path("/proc/net") / name for name in ("tcp", "tcp6", "udp"))
_LISTEN = "0A"


class Socket(NamedTuple):
    """One row of /proc/net/tcp, tcp6 or udp: the local end."""

    address: str
    port: int
    listening: bool
    inode: str


class Held(NamedTuple):
    """A port that somebody holds on every address: no machine of the cloud can use it."""

    port: int
    holder: str  # "docker-proxy (process 123)", or "" when it is not ours to see

    @property
    def message(self) -> str:
        """Who holds it."""
        return f"port {self.port} is held on every address by {self.holder or 'another user'}"

    @property
    def advice(self) -> str:
        """What to do about it."""
        return f"Stop that program, or let it listen on 127.0.0.1:{self.port} only."


def parse_sockets(text: str) -> tuple[Socket, ...]:
    """Parse the text of a /proc/net table; its first line is a heading."""
    return tuple(_parse_row(line.split()) for line in text.splitlines()[1:] if line.strip())


def _parse_row(columns: list[str]) -> Socket:
    address, _, port = columns[1].partition(":")
    return Socket(_parse_address(address), int(port, 16), columns[3] == _LISTEN, columns[9])


def _parse_address(text: str) -> str:
    # The kernel prints 32-bit words in the byte order of the host, which is little-endian
    # wherever Kafka's JVM is commonly run.
    raw = bytes.fromhex(text)
    data = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    address = ipaddress.ip_address(data)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def read_sockets(tables: Iterable[Path] = PROC_NET) -> tuple[Socket, ...]:
    """Read the sockets of every user of this host."""
    return tuple(socket for table in tables if table.exists() for socket in _read(table))


def _read(table: Path) -> tuple[Socket, ...]:
    return parse_sockets(table.read_text())


def wildcard_listeners(ports: Iterable[int]) -> tuple[Held, ...]:
    """Name whoever listens on every address at one of `ports`: the machines cannot use it then."""
    wanted = set(ports)
    held = {
        socket.port: socket
        for socket in read_sockets()
        if socket.listening and socket.port in wanted and socket.address in ("0.0.0.0", "::")  # noqa: S104
    }
    return tuple(Held(port, _holder_of(held[port].inode)) for port in sorted(held))


def _holder_of(inode: str) -> str:
    """Return "docker-proxy (process 123)", or "" when the holder is not ours to see."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and _holds(process, f"socket:[{inode}]"):
            return f"{_name_of(process)} (process {process.name})"
    return ""


def _holds(process: Path, link: str) -> bool:
    try:
        return any(str(fd.readlink()) == link for fd in (process / "fd").iterdir())
    except OSError:
        return False


def _name_of(process: Path) -> str:
    try:
        return re.sub(r"\s+", " ", (process / "comm").read_text()).strip()
    except OSError:
        return "a program"
