"""Question that only a working greeter answers. Needs the standard library only."""

import socket


def ask(stream: socket.socket) -> bool:
    """Report whether the server over there greets."""
    stream.sendall(b"who is there?\n")
    return stream.recv(64).startswith(b"greeter ")
