"""Actions of the Kafka 4 charm, run by an operator."""

from __future__ import annotations

import ops
from kafkastack_charms.actions import RefusedError, Results, Work
from kafkastack_charms.kafka import health
from kafkastack_charms.kafka.health import ServerActions
from reconcile import KraftReconciliation
from roles.render import Settings

UNSAFE = "Not ready for a refresh: {reason}"
# Actions of Charmed Kafka that do nothing here, and what to do instead.
REFUSED = {
    "rebalance": "There is no balancer yet: it comes with rebalancing. To move partitions by "
    "hand, type charmed-kafka.reassign-partitions on a unit.",
    "force-refresh-start": "A refresh waits for nobody: juju refresh {app} begins at once.",
    "resume-refresh": "A refresh pauses nowhere: it goes on by itself while every unit works.",
}


class KafkaActions(ServerActions[KraftReconciliation, Settings]):
    """The work of each action."""

    @property
    def table(self) -> dict[str, Work]:
        """The work by the name of its action."""
        refused = {name.replace("-", "_"): self._refuse for name in REFUSED}
        return {"get_listeners": self.get_listeners, "pre_refresh_check": self._check, **refused}

    def _refuse(self, event: ops.ActionEvent) -> Results:
        name = event.handle.kind.removesuffix("_action").replace("_", "-")
        raise RefusedError(REFUSED[name].format(app=self.charm.app.name))

    def _check(self, event: ops.ActionEvent) -> Results:
        done, settings = self.reconcile(event)
        planned = self.charm.planned_units
        if reason := health.find_obstacle(done, planned, keeps_messages=settings.is_broker):
            raise RefusedError(UNSAFE.format(reason=reason))
        return {"result": "every server works and every partition has all its copies"}
