"""Actions of the Kafka 3 charm, run by an operator."""

from __future__ import annotations

import logging

import ops
import users
from kafkastack_charms import files, peers, properties
from kafkastack_charms.actions import RefusedError, Results, Work, choose_password
from kafkastack_charms.kafka import health
from kafkastack_charms.kafka.admin import Login, UnavailableError
from kafkastack_charms.kafka.health import ServerActions
from kafkastack_charms.kafka.layout import Layout
from reconcile import BrokerReconciliation
from roles.render import Settings
from state import STORAGE

logger = logging.getLogger(__name__)

NOT_LEADER = "Password rotation must be called on leader unit"
NOT_OURS = "Can only update internal charm users: {known}, not {user}."
SAME = "Password already exists, please choose a different password."
BEING_SPREAD = "The last password of {user} is still being spread through the units."
FAILED = "unable to set password for {user}"
NO_PROPERTIES = "client.properties file not found on target unit."
UNSAFE = "Not ready for an upgrade: {reason}"


class KafkaActions(ServerActions[BrokerReconciliation, Settings]):
    """The work of each action."""

    @property
    def table(self) -> dict[str, Work]:
        """The work by the name of its action."""
        return {
            "set_password": self._set_password,
            "get_admin_credentials": self._get_admin_credentials,
            "get_listeners": self.get_listeners,
            "pre_upgrade_check": self._check,
        }

    def _get_admin_credentials(self, _: ops.ActionEvent) -> Results:
        storages = peers.read_storages(self.charm.model, STORAGE)
        layout = Layout(self.charm.charm_dir, storages) if storages else None
        text = files.read(layout.client_properties) if layout else ""
        if not text:
            raise RefusedError(NO_PROPERTIES)
        lines = [line for line in text.splitlines() if not line.startswith("ssl.")]
        return {
            "username": users.ADMIN,
            "password": Login.read(properties.parse(text), "").password,
            "client-properties": "\n".join(lines),
        }

    def _set_password(self, event: ops.ActionEvent) -> Results:
        if not self.charm.unit.is_leader():
            raise RefusedError(NOT_LEADER)
        done, settings = self.reconcile(event)
        if not done.facts.is_ready:
            raise RefusedError(health.NOT_HEALTHY)
        user = str(event.params.get("username", ""))
        if user not in users.INTERNAL_USERS:
            raise RefusedError(NOT_OURS.format(known=list(users.INTERNAL_USERS), user=user))
        password = choose_password(event.params.get("password"))
        if password in settings.credentials.internal.values():
            raise RefusedError(SAME)
        if user == users.BROKER and done.ledger.lagging_user:
            raise RefusedError(BEING_SPREAD.format(user=user))
        self._rotate(done, settings, user, password)
        self.charm.reconcile(event)
        return {f"{user}-password": password}

    def _rotate(
        self, done: BrokerReconciliation, settings: Settings, user: str, password: str
    ) -> None:
        """Tell the brokers first: a secret that they do not know would lock everybody out."""
        fresh = settings.credentials.with_password(user, password)
        told = user if user == users.ADMIN else fresh.broker_user
        try:
            with done.session() as session:
                session.put_user(told, password)
        except UnavailableError as error:
            logger.warning("the brokers refused: %s", error)
            raise RefusedError(FAILED.format(user=user)) from error
        if user == users.BROKER:
            done.ledger = done.ledger._replace(lagging_user=settings.credentials.broker_user)
        done.change_credentials(fresh.to_secret())

    def _check(self, event: ops.ActionEvent) -> Results:
        done, _ = self.reconcile(event)
        if reason := health.find_obstacle(done, self.charm.planned_units, keeps_messages=True):
            raise RefusedError(UNSAFE.format(reason=reason))
        return {"result": "every broker works and every partition has all its copies"}
