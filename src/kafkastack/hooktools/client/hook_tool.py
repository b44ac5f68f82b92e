#!/usr/bin/python3 -IS
"""A hook tool, by the name it is called: the client for machines without perl."""

import os
import socket
import struct
import sys


def main() -> int:
    """Ask the unit's agent and answer as it says."""
    folder, tool = os.path.split(sys.argv[0])
    path = os.environ.get("JUJU_AGENT_SOCKET_ADDRESS")
    if not path:
        with open(os.path.join(folder, "socket")) as pointer:
            path = pointer.read()
    arguments = [os.fsencode(word) for word in sys.argv[1:]]
    reads = tool.endswith("-set") and {b"-", b"--file=-", b"@-"}.intersection(arguments)
    stdin = sys.stdin.buffer.read() if reads else b""
    context = os.environb.get(b"JUJU_CONTEXT_ID", b"")
    fields = [tool.encode(), context, os.getcwdb(), stdin, *arguments]
    request = struct.pack(">I", len(fields))
    request += b"".join(struct.pack(">I", len(field)) + field for field in fields)
    try:
        answer = ask(path, request)
        code, size = struct.unpack_from(">II", answer)
    except (OSError, struct.error):
        sys.stderr.write("ERROR " + tool + ": no agent at " + path + "\n")
        return 1
    sys.stdout.buffer.write(answer[8 : 8 + size])
    sys.stderr.buffer.write(answer[12 + size :])
    return code


def ask(path: str, request: bytes) -> bytes:
    """Send one request and return the whole answer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(1 << 16), b""))


if __name__ == "__main__":
    sys.exit(main())
