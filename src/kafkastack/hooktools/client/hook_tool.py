#!/usr/bin/python3 -IS
"""A hook tool, by the name it is called: the client for machines without perl."""

import _socket  # `socket` and `re` would cost four times the rest
import os
import struct
import sys

_READS_STDIN = (b"\0--file=-\0", b"\0--file\0-\0", b"\0@-\0")
LONGEST_PATH = 107  # of a socket


def main() -> int:
    """Ask the unit's agent and answer as it says."""
    folder, tool = os.path.split(sys.argv[0])
    arguments = [os.fsencode(word) for word in sys.argv[1:]]
    stdin = sys.stdin.buffer.read() if reads_stdin(arguments) and sys.stdin else b""
    path = os.environ.get("JUJU_AGENT_SOCKET_ADDRESS") or read_pointer(folder)
    code, stdout, stderr = ask(path, tool, arguments, stdin)
    sys.stdout.buffer.write(stdout)
    sys.stderr.buffer.write(stderr)
    return code


def reads_stdin(arguments: "list[bytes]") -> bool:
    """Report whether a tool with these arguments wants what is on its stdin."""
    line = b"\0".join([b"", *arguments, b""])
    return any(words in line for words in _READS_STDIN)


def read_pointer(folder: str) -> str:
    """Return the socket that is written beside this program."""
    try:
        with open(os.path.join(folder, "socket")) as pointer:
            return pointer.read()
    except OSError:
        return ""


def ask(
    path: str, tool: str, arguments: "list[bytes]", stdin: bytes
) -> "tuple[int, bytes, bytes]":
    """Put one question to the agent; return exit code, stdout and stderr of the tool."""
    try:
        return read_answer(exchange(path, write_request(tool, arguments, stdin)))
    except (OSError, struct.error):
        return no_agent(path, tool)


def write_request(tool: str, arguments: "list[bytes]", stdin: bytes) -> bytes:
    """Return a question as it goes over the socket: how many fields, and each with its length."""
    context = os.environb.get(b"JUJU_CONTEXT_ID", b"")
    fields = [tool.encode(), context, os.fsencode(os.getcwd()), stdin, *arguments]
    parts = [struct.pack(">I", len(field)) + field for field in fields]
    return struct.pack(">I", len(fields)) + b"".join(parts)


def read_answer(answer: bytes) -> "tuple[int, bytes, bytes]":
    """Return exit code, stdout and stderr; struct.error for less than a whole answer."""
    code, size = struct.unpack_from(">II", answer)
    (rest,) = struct.unpack_from(">I", answer, 8 + size)
    end = 12 + size + rest
    if len(answer) < end:
        raise struct.error("there is more to come")
    return code, answer[8 : 8 + size], answer[12 + size : end]


def no_agent(path: str, tool: str) -> "tuple[int, bytes, bytes]":
    """Return what a tool says that nobody answers."""
    return 1, b"", f"ERROR {tool}: no agent at {path}\n".encode()


def exchange(path: str, request: bytes) -> bytes:
    """Send one request and return the whole answer; a long path is reached from its folder."""
    if len(os.fsencode(path)) > LONGEST_PATH:
        folder, path = os.path.split(path)
        os.chdir(folder)
    connection = connect(path)
    try:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(1 << 16), b""))
    finally:
        connection.close()


def connect(path: str) -> "_socket.socket":
    """Return a connection to the agent."""
    connection = _socket.socket(_socket.AF_UNIX)
    try:
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection


if __name__ == "__main__":
    sys.exit(main())
