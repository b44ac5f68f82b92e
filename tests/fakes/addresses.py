"""Addresses and users that nobody else has: no other test process, and no model of this host."""

import socket
import uuid
from ipaddress import IPv4Address

from kafkastack.clouds.local.addresses import bind_reservation, blocks_in_use, candidates
from kafkastack.clouds.local.listeners import read_sockets

_USERS = 3_000_000  # from here on; nobody is called so

_held: list[socket.socket] = []


def reserve_block() -> str:
    """Return a block such as "127.10.0", which is this process's until it ends."""
    taken = blocks_in_use(found.address for found in read_sockets())
    for block in candidates(str(uuid.uuid4()), taken):
        if held := bind_reservation(block):
            _held.append(held)
            return block
    raise OSError("every block of loopback addresses is in use")


def reserve_user() -> int:
    """Return the number of a user without a name; no other suite runs anything as this user."""
    return user_of(f"{reserve_block()}.0")


def user_of(address: str) -> int:
    """Return the number of the user who goes with an address of a reserved block."""
    return _USERS + int(IPv4Address(address)) % 2**24
