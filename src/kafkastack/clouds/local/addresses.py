"""Loopback addresses of a model's machines: a block 127.A.B.0/24, kept from others."""

import errno
import hashlib
import logging
import socket
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from kafkastack.clouds.local.listeners import read_sockets
from kafkastack.errors import PreflightError
from kafkastack.system.files import write_atomically

EGRESS_SUBNET = "127.0.0.1/32"  # every connection to 127/8 comes from there
_RESERVED_HOST, _RESERVED_PORT = 255, 17070
_BLOCKS = 254 * 256  # A in 1..254 (127.0 is Debian's and systemd-resolved's), B in 0..255

log = logging.getLogger(__name__)


def candidates(model_uuid: str, taken: Collection[str]) -> Iterator[str]:
    """Yield free blocks ("127.10.0"), from a start that the model's UUID decides."""
    start = int.from_bytes(hashlib.sha256(model_uuid.encode()).digest()[:4], "big")
    for step in range(_BLOCKS):
        high, low = divmod((start + step) % _BLOCKS, 256)
        block = f"127.{high + 1}.{low}"
        if block not in taken:
            yield block


def pick_host(machine_id: str, taken: Collection[int]) -> int:
    """Give machine n the host number n+1, or the lowest free one (1..254)."""
    tail = machine_id.rpartition("/")[2]
    wanted = int(tail) + 1 if tail.isdigit() else 1
    if wanted < _RESERVED_HOST and wanted not in taken:
        return wanted
    free = (number for number in range(1, _RESERVED_HOST) if number not in taken)
    number = next(free, 0)
    if not number:
        raise PreflightError(
            "a model on the local cloud has at most 254 machines, and all are taken",
            "Remove a machine, or add another model: kafkastack add-model NAME",
        )
    return number


def blocks_in_use(addresses: Iterable[str]) -> frozenset[str]:
    """Return the blocks to which any of these addresses belongs."""
    return frozenset(
        address.rpartition(".")[0] for address in addresses if address.startswith("127.")
    )


class Blocks:
    """The blocks of this controller's models: recorded in a folder, reserved by bound sockets."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, socket.socket] = {}

    def block_of(self, model_uuid: str) -> str:
        """Return the model's block, reserving a new one if it has none."""
        record = self._folder / model_uuid
        if record.exists():
            block = record.read_text().strip()
            self._hold_again(block)
            return block
        block = self._reserve_new(model_uuid)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(record, f"{block}\n".encode())
        return block

    def release(self, model_uuid: str) -> None:
        """Give the model's block back."""
        record = self._folder / model_uuid
        if record.exists():
            held = self._held.pop(record.read_text().strip(), None)
            record.unlink()
            if held:
                held.close()

    def close(self) -> None:
        """Let go of the reservations; the records stay."""
        for held in self._held.values():
            held.close()
        self._held.clear()

    def _reserve_new(self, model_uuid: str) -> str:
        taken = blocks_in_use(found.address for found in read_sockets())
        recorded = {path.read_text().strip() for path in self._records()}
        for block in candidates(model_uuid, taken | recorded):
            held = bind_reservation(block)
            if held:
                self._held[block] = held
                return block
        raise PreflightError(
            "every block of loopback addresses (127.A.B.0/24) is in use",
            "Remove a model that you do not need: kafkastack destroy-model NAME",
        )

    def _hold_again(self, block: str) -> None:
        if block in self._held:
            return
        held = bind_reservation(block)
        if held:
            self._held[block] = held
            return
        log.warning(
            "%s.0/24 was taken by another controller while this one was off: "
            "machines of both may want the same ports",
            block,
        )

    def _records(self) -> list[Path]:
        return list(self._folder.iterdir()) if self._folder.exists() else []


def bind_reservation(block: str) -> socket.socket | None:
    """Bind, without listening, the one address that stands for the block; None when taken."""
    # Without SO_REUSEADDR two binds collide, and nobody can connect: no open port.
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        held.bind((f"{block}.{_RESERVED_HOST}", _RESERVED_PORT))
    except OSError as error:
        held.close()
        if error.errno != errno.EADDRINUSE:
            raise PreflightError(
                f"{block}.{_RESERVED_HOST} cannot be bound: {error.strerror}",
                "The local cloud needs Linux with its loopback interface up: ip link set lo up",
            ) from error
        return None
    return held
