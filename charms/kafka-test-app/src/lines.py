"""Log lines of the client: those of Canonical's kafka-test-app, which tutorials quote."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

FORMAT = "%(asctime)s %(levelname)s [%(name)s] (%(threadName)s) (%(funcName)s) %(message)s"
_NAMED = "produce_message"  # the one function that the original logs from


class ConsumerRecord(NamedTuple):
    """A consumed message; its text is that of kafka-python's record, field by field."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]
    checksum: None
    serialized_key_size: int
    serialized_value_size: int
    serialized_header_size: int

    @classmethod
    def create(
        cls,
        place: tuple[str, int, int],
        time: tuple[int, int],
        content: tuple[bytes | None, bytes | None],
        headers: Sequence[tuple[str, bytes | None]],
    ) -> ConsumerRecord:
        """Build a record of (topic, partition, offset), (type, timestamp) and (key, value)."""
        sizes = sum(len(name.encode()) + len(value or b"") for name, value in headers)
        kind, timestamp = time
        key, value = content
        return cls(
            *place,
            timestamp=timestamp,
            timestamp_type=kind,
            key=key,
            value=value,
            headers=list(headers),
            checksum=None,
            serialized_key_size=_size(key),
            serialized_value_size=_size(value),
            serialized_header_size=sizes if headers else -1,
        )


def make_message(number: int, timestamp: float, identity: str, origin: str) -> str:
    """Return the text of a produced message."""
    return json.dumps(
        {
            "timestamp": timestamp,
            "_id": identity,
            "origin": origin,
            "content": f"Message #{number}",
        }
    )


def published(topic: str, message: str) -> str:
    """Return the line that tells of an acknowledged message."""
    return f"Message published to topic={topic}, message content: {message}"


def set_up_logging(log: str) -> logging.Logger:
    """Send standard output to LOG.log and standard error to LOG.err, and log to the former."""
    for descriptor, suffix in ((1, ".log"), (2, ".err")):
        # Not through a link: the folder may be one that everybody can write to.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        file = os.open(f"{log}{suffix}", flags, 0o644)
        os.dup2(file, descriptor)
        os.close(file)
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format=FORMAT)
    logging.getLogger().handlers[0].addFilter(_name_the_module)
    return logging.getLogger("__main__")


def _name_the_module(record: logging.LogRecord) -> bool:
    # The original logs from the top of its module, where Python calls the function <module>.
    if record.funcName != _NAMED:
        record.funcName = "<module>"
    return True


def _size(data: bytes | None) -> int:
    return -1 if data is None else len(data)
