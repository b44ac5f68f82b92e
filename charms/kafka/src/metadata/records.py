"""Records in ZooKeeper that the charm itself writes: users without whom no broker can start."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

from kafkastack_charms.kafka.scram import scram_record
from kafkastack_charms.zookeeper_session import open_session

from metadata.zookeeper import Offer

USERS, CHANGES = "/config/users", "/config/changes"
# Made by whoever comes first; Kafka would make them with the same rights.
OPEN_TO_READ = ("/config",)


class Metadata:
    """A session of this app's user, below its chroot."""

    def __init__(self, client: Any) -> None:  # kazoo carries no types
        self._client = client

    def write_users(self, passwords: Mapping[str, str]) -> None:
        """Write what is needed to check these passwords, readable by this app only."""
        from kazoo import security as untyped

        security: Any = untyped
        own: list[Any] = security.CREATOR_ALL_ACL
        for path in OPEN_TO_READ:
            self._client.ensure_path(path, acl=[*own, *security.READ_ACL_UNSAFE])
        self._client.ensure_path(USERS, acl=own)
        for user, password in passwords.items():
            self._put(f"{USERS}/{quote(user, safe='')}", _entity(password), own)
        # Brokers read users at their start; one that has begun already hears of them by this.
        if self._client.exists(CHANGES):
            for user in passwords:
                told = {"version": 2, "entity_path": f"users/{quote(user, safe='')}"}
                self._client.create(
                    f"{CHANGES}/config_change_",
                    json.dumps(told).encode(),
                    acl=[*own, *security.READ_ACL_UNSAFE],
                    sequence=True,
                )

    def forget_dynamic(self, broker_id: int, names: Collection[str]) -> None:
        """Remove what was set on a broker while it ran, all if nothing is named."""
        from kazoo.exceptions import NoNodeError

        path = f"/config/brokers/{broker_id}"
        with suppress(NoNodeError):
            value, stat = self._client.get(path)
            rest = _without(value, names) if names else b""
            if rest:
                self._client.set(path, rest, version=stat.version)
            else:
                self._client.delete(path, version=stat.version)

    def _put(self, path: str, value: bytes, acl: list[Any]) -> None:
        from kazoo.exceptions import NodeExistsError

        try:
            self._client.create(path, value, acl=acl)
        except NodeExistsError:
            self._client.set_acls(path, acl)
            self._client.set(path, value)


def _without(value: bytes, names: Collection[str]) -> bytes:
    """Return an entity without some of its settings, nothing where that leaves none."""
    entity = json.loads(value)
    config = {key: text for key, text in entity["config"].items() if key not in names}
    return json.dumps({**entity, "config": config}).encode() if config else b""


def _entity(password: str) -> bytes:
    record = scram_record(password, os.urandom(24))
    return json.dumps({"version": 1, "config": {"SCRAM-SHA-512": record}}).encode()


@contextmanager
def open_metadata(offer: Offer, ca: str) -> Generator[Metadata]:
    """Log in to ZooKeeper as the user of this relation."""
    with (
        _file(ca if offer.encrypted else "") as trusted,
        open_session(offer.uris, offer.username, offer.password, trusted) as client,
    ):
        yield Metadata(client)


@contextmanager
def _file(text: str) -> Generator[str | None]:
    if not text:
        yield None
        return
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(text)
        file.flush()
        yield file.name
