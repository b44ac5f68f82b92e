"""What an operator asks of this charm by hand."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import leader
import ops
import state
import users
from kafkastack_charms import tls
from kafkastack_charms.credentials import is_password, new_password

if TYPE_CHECKING:
    from charm import ZooKeeperCharm

logger = logging.getLogger(__name__)

NO_CREDENTIALS = "The internal users have no credentials yet: wait until the unit is active."
NOT_LEADER = "Password rotation must be called on leader unit"
NO_AUTHORITY = "Relate the application to an authority first: juju integrate {app}:certificates …"
UNSAFE = "Not ready for an upgrade: {message}"
BAD_CHARACTERS = (
    "A password has 1 to 128 printable characters without blanks, quotes, backslashes or $."
)


class RefusedError(Exception):
    """An action that cannot be done now; the message says why."""


Results = dict[str, str]


class Actions(ops.Object):
    """Every action: the results, or the reason why there are none."""

    def __init__(self, charm: ZooKeeperCharm) -> None:
        super().__init__(charm, "actions")
        self.charm = charm
        table: dict[ops.BoundEvent, Callable[[ops.ActionEvent], None]] = {
            charm.on.get_super_password_action: self._on_get_super_password,
            charm.on.get_sync_password_action: self._on_get_sync_password,
            charm.on.set_password_action: self._on_set_password,
            charm.on.set_tls_private_key_action: self._on_set_tls_private_key,
            charm.on.pre_upgrade_check_action: self._on_pre_upgrade_check,
        }
        for event, handler in table.items():
            self.framework.observe(event, handler)

    def _on_get_super_password(self, event: ops.ActionEvent) -> None:
        self._answer(event, lambda: {"super-password": self._credentials().super_password})

    def _on_get_sync_password(self, event: ops.ActionEvent) -> None:
        self._answer(event, lambda: {"sync-password": self._credentials().sync_password})

    def _on_set_password(self, event: ops.ActionEvent) -> None:
        self._answer(event, lambda: self._set_password(event))

    def _on_set_tls_private_key(self, event: ops.ActionEvent) -> None:
        self._answer(event, lambda: self._set_private_key(event.params.get("internal-key")))

    def _on_pre_upgrade_check(self, event: ops.ActionEvent) -> None:
        self._answer(event, lambda: self._check(event))

    def _answer(self, event: ops.ActionEvent, work: Callable[[], Results]) -> None:
        try:
            event.set_results(work())
        except RefusedError as refused:
            event.fail(str(refused))

    def _credentials(self) -> users.Credentials:
        relation = self.charm.model.get_relation(state.PEERS)
        try:
            app = state.App.parse(relation.data[self.charm.app]) if relation else None
        except state.BrokenRecordError as error:
            raise RefusedError(f"the peer databag cannot be read: {error}") from error
        credentials = leader.read_credentials(self.charm.model, app) if app else None
        if credentials is None:
            raise RefusedError(NO_CREDENTIALS)
        return credentials

    def _set_password(self, event: ops.ActionEvent) -> Results:
        if not self.charm.unit.is_leader():
            raise RefusedError(NOT_LEADER)
        credentials = self._credentials()
        user = event.params.get("username", "super")
        if user not in users.INTERNAL_USERS:
            known = list(users.INTERNAL_USERS)
            raise RefusedError(
                f"The action can be run only for users used by the charm: {known} not {user}."
            )
        word = event.params.get("password") or new_password()
        if not is_password(word):
            raise RefusedError(BAD_CHARACTERS)
        if word in (credentials.super_password, credentials.sync_password):
            event.log("The old and new passwords are equal.")
        else:
            self._rotate(replace(credentials, **{f"{user}_password": word}))
            self.charm.reconcile(event)
        return {f"{user}-password": word}

    def _rotate(self, credentials: users.Credentials) -> None:
        model = self.charm.model
        bag = model.relations[state.PEERS][0].data[self.charm.app]
        app = leader.rotate(model, state.App.parse(bag), credentials)
        bag.update(app.describe())

    def _set_private_key(self, given: str | None) -> Results:
        requirer = self.charm.requirer
        if requirer is None:
            raise RefusedError(NO_AUTHORITY.format(app=self.charm.app.name))
        try:
            tls.replace_key(requirer, given)
        except tls.BadKeyError as error:
            raise RefusedError(str(error)) from error
        return {"result": "a certificate for the new private key has been requested"}

    def _check(self, event: ops.ActionEvent) -> Results:
        self.charm.reconcile(event)
        status = self.charm.status()
        if not isinstance(status, ops.ActiveStatus):
            raise RefusedError(UNSAFE.format(message=status.message))
        return {"result": "every server serves and the quorum is complete"}
