"""Actions of the ZooKeeper charm, run by an operator."""

from __future__ import annotations

import ops
from kafkastack_charms import app_secret, statuses
from kafkastack_charms.actions import RefusedError, Results, Work, choose_password
from kafkastack_charms.peers import BrokenRecordError, Shared
from kafkastack_charms.server_charm import ServerCharm
from users import INTERNAL_USERS, Credentials

NO_CREDENTIALS = "The internal users have no credentials yet: wait until the unit is active."
NOT_LEADER = "Password rotation must be called on leader unit"
BEING_SPREAD = "The last password of {user} is still being spread through the units."
UNSAFE = "Not ready for an upgrade: {message}"


class ZooKeeperActions:
    """The work of each action."""

    def __init__(self, charm: ServerCharm) -> None:
        self.charm = charm

    @property
    def table(self) -> dict[str, Work]:
        """The work by the name of its action."""
        return {
            "get_super_password": lambda _: {"super-password": self._read()[1].super_password},
            "get_sync_password": lambda _: {"sync-password": self._read()[1].newest_sync_password},
            "set_password": self._set_password,
            "pre_upgrade_check": self._check,
        }

    def _read(self) -> tuple[Shared, Credentials]:
        relation = self.charm.model.get_relation("cluster")
        try:
            shared = Shared.parse(relation.data[self.charm.app]) if relation else Shared()
        except BrokenRecordError as error:
            raise RefusedError(f"the peer databag cannot be read: {error}") from error
        content = app_secret.read(self.charm.model, shared.credentials)
        if content is None:
            raise RefusedError(NO_CREDENTIALS)
        return shared, Credentials.from_secret(content)

    def _set_password(self, event: ops.ActionEvent) -> Results:
        if not self.charm.unit.is_leader():
            raise RefusedError(NOT_LEADER)
        shared, credentials = self._read()
        user = event.params.get("username", "super")
        if user not in INTERNAL_USERS:
            known = list(INTERNAL_USERS)
            raise RefusedError(
                f"The action can be run only for users used by the charm: {known} not {user}."
            )
        password = choose_password(event.params.get("password"))
        if password in (credentials.super_password, credentials.newest_sync_password):
            event.log("The old and new passwords are equal.")
        elif user == "sync" and credentials.next_password:
            raise RefusedError(BEING_SPREAD.format(user=user))
        else:
            self._rotate(shared, credentials.with_password(user, password, self._is_alone))
            self.charm.reconcile(event)
        return {f"{user}-password": password}

    @property
    def _is_alone(self) -> bool:
        relation = self.charm.model.get_relation("cluster")
        return self.charm.planned_units <= 1 and not (relation and relation.units)

    def _rotate(self, shared: Shared, credentials: Credentials) -> None:
        app_secret.update(self.charm.model, shared.credentials, credentials.to_secret())
        bag = self.charm.model.relations["cluster"][0].data[self.charm.app]
        bag.update(shared._replace(rotations=shared.rotations + 1).describe())

    def _check(self, event: ops.ActionEvent) -> Results:
        self.charm.reconcile(event)
        facts = self.charm.facts or statuses.Facts()
        status = statuses.choose(self.charm.table, facts)
        if not isinstance(status, ops.ActiveStatus):
            raise RefusedError(UNSAFE.format(message=status.message))
        return {"result": "every server serves and the quorum is complete"}
