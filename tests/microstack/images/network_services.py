"""Network services for an instance, as Neutron and Nova give them: an address and metadata.

Run inside a network namespace: `python network_services.py BRIDGE METADATA_FOLDER`.
"""

import functools
import http.server
import socket
import struct
import sys
import threading

SERVER, INSTANCE, METADATA = "10.77.0.254", "10.77.0.5", "169.254.169.254"
MTU = 1442
_MAGIC = b"\x63\x82\x53\x63"
_DISCOVER, _OFFER, _REQUEST, _ACK = 1, 2, 3, 5


def answer(request: bytes) -> bytes:
    """Return the DHCP answer to a request: the one address there is, as OVN would say it."""
    kind = _OFFER if _option(request, 53)[0] == _DISCOVER else _ACK
    server = socket.inet_aton(SERVER)
    fixed = (
        b"\x02" + request[1:4] + request[4:8] + b"\0\0\x80\0" + b"\0" * 4
        + socket.inet_aton(INSTANCE) + server + b"\0" * 4 + request[28:44] + b"\0" * 192
    )  # fmt: skip
    options: dict[int, bytes] = {
        53: bytes([kind]),
        54: server,
        51: struct.pack("!I", 43200),
        1: socket.inet_aton("255.255.255.0"),
        3: server,
        6: socket.inet_aton("192.0.2.53"),
        26: struct.pack("!H", MTU),
        121: b"\x20" + socket.inet_aton(METADATA) + server + b"\0" + server,
    }
    words = b"".join(bytes([code, len(value)]) + value for code, value in options.items())
    return fixed + _MAGIC + words + b"\xff"


def _option(packet: bytes, wanted: int) -> bytes:
    rest = packet[240:]
    while rest and rest[0] != 255:
        length = rest[1]
        if rest[0] == wanted:
            return rest[2 : 2 + length]
        rest = rest[2 + length :]
    return b"\0"


def serve_dhcp(bridge: str) -> None:
    """Answer DHCP on an interface, for ever."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, bridge.encode())
        server.bind(("", 67))
        while True:
            request, _ = server.recvfrom(2048)
            if _option(request, 53)[0] in (_DISCOVER, _REQUEST):
                server.sendto(answer(request), ("255.255.255.255", 68))


class Metadata(http.server.SimpleHTTPRequestHandler):
    """Files of a folder; that of a folder itself is named index.html, as ever."""

    protocol_version = "HTTP/1.1"


def main() -> None:
    """Serve both."""
    bridge, folder = sys.argv[1:]
    threading.Thread(target=serve_dhcp, args=(bridge,), daemon=True).start()
    handler = functools.partial(Metadata, directory=folder)
    http.server.ThreadingHTTPServer((METADATA, 80), handler).serve_forever()


if __name__ == "__main__":
    main()
