#!/usr/bin/env python3
"""Charm that requests credentials of a data platform for a user outside the model."""

from __future__ import annotations

import ops
from kafkastack_charms import requirer
from products import PRODUCTS, Product, find_complaint, names_a_resource, read_request
from statuses import Link, decide_status

PEERS = "data-integrator-peers"
NOTHING_NAMED = (
    "The database name, topic name, index name, keyspace name, or prefix"
    " is not specified in the config."
)
NOT_RELATED = "The action can be run only after relation is created."


class DataIntegratorCharm(ops.CharmBase):
    """Ask every related product for the configured resource, once, and report the answer."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.requests = requirer.Requests(self.model, PEERS)
        for event in (self.on.leader_elected, self.on.config_changed, self.on.upgrade_charm):
            framework.observe(event, self._reconcile)
        for product in PRODUCTS:
            endpoint = self.on[product.endpoint]
            framework.observe(endpoint.relation_created, self._reconcile)
            framework.observe(endpoint.relation_changed, self._reconcile)
            framework.observe(endpoint.relation_broken, self._reconcile)
        framework.observe(self.on.collect_unit_status, self._collect_status)
        framework.observe(self.on.get_credentials_action, self._get_credentials)

    def _reconcile(self, _: ops.EventBase) -> None:
        for relation, _product in self._relations():
            requirer.announce(self.model, relation)
        if self.unit.is_leader():
            may_ask = not find_complaint(self.config)
            self.requests.send_once(
                [
                    (relation, read_request(product, self.config) if may_ask else None)
                    for relation, product in self._relations()
                ]
            )

    def _collect_status(self, event: ops.CollectStatusEvent) -> None:
        links = [
            Link(
                product,
                relation.app.name,
                self.requests.read(relation),
                requirer.is_answered(requirer.read_answer(self.model, relation)),
                requirer.read_refusal(relation),
            )
            for relation, product in self._relations()
        ]
        event.add_status(decide_status(self.config, links))

    def _get_credentials(self, event: ops.ActionEvent) -> None:
        if not names_a_resource(self.config):
            self._refuse(event, NOTHING_NAMED)
            return
        answers = {
            product.endpoint: requirer.read_answer(self.model, relation)
            for relation, product in self._relations()
        }
        ready = {name: answer for name, answer in answers.items() if requirer.is_answered(answer)}
        for name in answers.keys() - ready.keys():
            event.log(f"{name} has not granted access yet: try again when the unit is active")
        if ready:
            event.set_results({"ok": True, **ready})
        else:
            self._refuse(event, NOT_RELATED)

    def _refuse(self, event: ops.ActionEvent, why: str) -> None:
        event.fail(why)
        event.set_results({"ok": False})

    def _relations(self) -> list[tuple[ops.Relation, Product]]:
        return [
            (relation, product)
            for product in PRODUCTS
            for relation in self.model.relations[product.endpoint]
        ]


if __name__ == "__main__":
    ops.main(DataIntegratorCharm)
