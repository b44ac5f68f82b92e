"""Session with a ZooKeeper: one login, one connection, and whatever goes wrong as one error."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

PATIENCE = 10  # seconds for a connection


class UnreachableError(Exception):
    """ZooKeeper does not answer, or does not let us in; the next event tries again."""


@contextmanager
def open_session(
    hosts: str, username: str, password: str, ca: str | None = None
) -> Generator[Any]:  # kazoo carries no types
    """Log in to ZooKeeper, through TLS where there is a file of CAs."""
    from kazoo.client import KazooClient
    from kazoo.exceptions import KazooException
    from kazoo.handlers.threading import KazooTimeoutError

    # Every line at DEBUG would be a call of juju-log, and some tell what was proven by a password.
    logging.getLogger("kazoo").setLevel(logging.WARNING)
    client: Any = KazooClient(
        hosts=hosts,
        sasl_options={"mechanism": "DIGEST-MD5", "username": username, "password": password},
        use_ssl=ca is not None,
        ca=ca,
        timeout=PATIENCE,
    )
    try:
        client.start(PATIENCE)
        yield client
    except (KazooException, KazooTimeoutError) as error:
        raise UnreachableError(f"{type(error).__name__}: {error}") from error
    finally:
        client.stop()
        client.close()
