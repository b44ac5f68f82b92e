"""What an operator asks of this charm by hand."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import leader
import ops
import render
import state
import users
from kafkastack_charms import files, tls
from kafkastack_charms.credentials import is_password, new_password
from session import UnavailableError

if TYPE_CHECKING:
    from charm import KafkaCharm

logger = logging.getLogger(__name__)

NOT_LEADER = "Password rotation must be called on leader unit"
NOT_HEALTHY = "Unit is not healthy"
NOT_OURS = "Can only update internal charm users: {known}, not {user}."
SAME = "Password already exists, please choose a different password."
FAILED = "unable to set password for {user}"
NO_PROPERTIES = "client.properties file not found on target unit."
NO_AUTHORITY = "Relate the application to an authority first: juju integrate {app}:certificates …"
UNSAFE = "Not ready for an upgrade: {reason}"
BAD_CHARACTERS = (
    "A password has 1 to 128 printable characters without blanks, quotes, backslashes or $."
)


class RefusedError(Exception):
    """An action that cannot be done now; the message says why."""


Results = dict[str, Any]


class Actions(ops.Object):
    """Every action: the results, or the reason why there are none."""

    def __init__(self, charm: KafkaCharm) -> None:
        super().__init__(charm, "actions")
        self.charm = charm
        table: dict[ops.BoundEvent, Callable[[ops.ActionEvent], None]] = {
            charm.on.set_password_action: self._on_set_password,
            charm.on.get_admin_credentials_action: self._on_get_admin_credentials,
            charm.on.get_listeners_action: self._on_get_listeners,
            charm.on.set_tls_private_key_action: self._on_set_tls_private_key,
            charm.on.pre_upgrade_check_action: self._on_pre_upgrade_check,
        }
        for event, handler in table.items():
            self.framework.observe(event, handler)

    def _on_set_password(self, event: ops.ActionEvent) -> None:
        self._answer(event, lambda: self._set_password(event))

    def _on_get_admin_credentials(self, event: ops.ActionEvent) -> None:
        self._answer(event, self._get_admin_credentials)

    def _on_get_listeners(self, event: ops.ActionEvent) -> None:
        self._answer(event, lambda: self._get_listeners(event))

    def _on_set_tls_private_key(self, event: ops.ActionEvent) -> None:
        self._answer(event, lambda: self._set_private_key(event.params.get("internal-key")))

    def _on_pre_upgrade_check(self, event: ops.ActionEvent) -> None:
        self._answer(event, lambda: self._check(event))

    def _answer(self, event: ops.ActionEvent, work: Callable[[], Results]) -> None:
        try:
            event.set_results(work())
        except RefusedError as refused:
            event.fail(str(refused))

    def _get_admin_credentials(self) -> Results:
        storages = state.read_storages(self.charm.model)
        layout = render.Layout(self.charm.charm_dir, storages) if storages else None
        text = files.read(layout.client_properties) if layout else ""
        if not text:
            raise RefusedError(NO_PROPERTIES)
        lines = [line for line in text.splitlines() if not line.startswith("ssl.")]
        login = render.parse_properties(text)["sasl.jaas.config"]
        return {
            "username": users.ADMIN,
            "password": login.split('password="')[1].split('"')[0],
            "client-properties": "\n".join(lines),
        }

    def _get_listeners(self, event: ops.ActionEvent) -> Results:
        doors = self._settings(event).listeners
        return {door.name.lower().replace("_", "-"): door.describe() for door in doors}

    def _settings(self, event: ops.ActionEvent) -> render.Settings:
        self.charm.reconcile(event)
        if self.charm.settings is None:
            raise RefusedError(NOT_HEALTHY)
        return self.charm.settings

    def _set_password(self, event: ops.ActionEvent) -> Results:
        if not self.charm.unit.is_leader():
            raise RefusedError(NOT_LEADER)
        settings = self._settings(event)
        if not self.charm.is_healthy:
            raise RefusedError(NOT_HEALTHY)
        user = str(event.params.get("username", ""))
        if user not in users.INTERNAL_USERS:
            raise RefusedError(NOT_OURS.format(known=list(users.INTERNAL_USERS), user=user))
        word = event.params.get("password") or new_password()
        if not is_password(word):
            raise RefusedError(BAD_CHARACTERS)
        if word in settings.credentials.internal.values():
            raise RefusedError(SAME)
        self._rotate(settings, user, word)
        self.charm.reconcile(event)
        return {f"{user}-password": word}

    def _rotate(self, settings: render.Settings, user: str, word: str) -> None:
        """Tell the brokers first: a secret that they do not know would lock everybody out."""
        model = self.charm.model
        try:
            with self.charm.open_session(self.charm.login(settings)) as session:
                session.put_user(user, word)
        except UnavailableError as error:
            logger.warning("the brokers refused: %s", error)
            raise RefusedError(FAILED.format(user=user)) from error
        bag = model.relations[state.PEERS][0].data[self.charm.app]
        fresh = replace(settings.credentials, **{f"{user}_password": word})
        bag.update(leader.rotate(model, state.App.parse(bag), fresh).describe())

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
        reason = self._find_obstacle(self._settings(event))
        if reason:
            raise RefusedError(UNSAFE.format(reason=reason))
        return {"result": "every broker works and every partition has all its copies"}

    def _find_obstacle(self, settings: render.Settings) -> str:
        """Return why a broker should not be taken away now, or ""."""
        if not self.charm.is_healthy:
            return NOT_HEALTHY
        peers = state.read_peers(self.charm.model.relations[state.PEERS][0])
        if len(peers) + 1 < self.charm.planned_units:
            return "not all units related"
        if idle := [peer.name for peer in peers if not peer.applied]:
            return f"{', '.join(idle)} does not work yet"
        try:
            with self.charm.open_session(self.charm.login(settings)) as session:
                lagging = session.find_lagging()
        except UnavailableError as error:
            return str(error)
        return f"partitions without all their copies: {', '.join(lagging)}" if lagging else ""
