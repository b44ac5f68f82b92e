"""Session of the charm with ZooKeeper itself: membership, chroots and their owners."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from kafkastack_charms.watcher import Place
from kafkastack_charms.zookeeper_session import PATIENCE, UnreachableError, open_session
from quorum import format_members, parse_members, parse_version
from tree import walk

CONFIG = "/zookeeper/config"
Decision = Callable[[dict[int, str]], "dict[int, str] | None"]


class Ensemble:
    """A session of the user super."""

    def __init__(self, client: Any) -> None:  # kazoo carries no types
        self._client = client

    def change_members(self, decide: Decision) -> dict[int, str]:
        """Change the membership to what the decision makes of it; return how it is now.

        The change names the version it was decided on, so that of two units that decide at the
        same time one decides again.
        """
        from kazoo import exceptions as refused

        deadline = time.monotonic() + PATIENCE
        while True:
            text = self._client.get(CONFIG)[0].decode()
            members = parse_members(text)
            wanted = decide(members)
            if wanted is None:
                return members
            # Lost in the middle, a change may have been made or not: reading it again tells.
            with suppress(
                refused.BadVersionError,
                refused.ConnectionLoss,
                refused.NewConfigNoQuorumError,
                refused.ReconfigInProcessError,
            ):
                self._client.reconfig(None, None, format_members(wanted), parse_version(text))
                return wanted
            if time.monotonic() >= deadline:
                raise UnreachableError(f"the members cannot agree on {sorted(wanted)}")
            time.sleep(0.1)

    def close_top(self) -> None:
        """Leave what lies above the chroots to the user super alone."""
        for path in ("/", "/zookeeper", "/zookeeper/quota"):
            self._client.set_acls(path, _acl({}))

    def ensure_chroot(self, path: str, owners: dict[str, str], at: str = "") -> str:
        """Make a chroot and give everything below it to its owners, a map of user to rights.

        What an earlier relation left behind belonged to a user that is gone. Of a large tree it is
        a part only: returns where to go on, "" at the end.
        """
        self._client.ensure_path(path.rpartition("/")[0] or "/", acl=_acl({}))
        if self._client.exists(path):
            return walk(path, at, partial(self._give, _acl(owners)), self._children)
        self._client.create(path, acl=_acl(owners))
        return ""

    def _give(self, rights: list[Any], path: str) -> None:
        from kazoo.exceptions import NoNodeError

        with suppress(NoNodeError):  # removed by its owner in the meantime
            found = self._client.get_acls(path)[0]
            wanted = [*rights, *(acl for acl in found if acl.id.scheme == "world")]
            if set(found) != set(wanted):
                self._client.set_acls(path, wanted)

    def _children(self, path: str) -> list[str]:
        from kazoo.exceptions import NoNodeError

        with suppress(NoNodeError):
            return self._client.get_children(path)
        return []


def _acl(owners: dict[str, str]) -> list[Any]:
    from kazoo import security as untyped

    security: Any = untyped

    names = {"c": "create", "d": "delete", "r": "read", "w": "write", "a": "admin"}
    rights = {"super": "".join(names)} | owners
    return [
        security.make_acl(
            "sasl", user, **{names[letter]: True for letter in set(letters) & set(names)}
        )
        for user, letters in rights.items()
    ]


@contextmanager
def open_ensemble(place: Place, password: str) -> Generator[Ensemble]:
    """Log in as super at a member."""
    host = f"[{place.address}]" if ":" in place.address else place.address
    with open_session(f"{host}:{place.port}", "super", password, place.ca or None) as client:
        yield Ensemble(client)
