#!/usr/bin/env python3
"""Charm of the certificate authority that signs the certificates of this model."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import ops
import wire
from kafkastack_charms import databag
from options import Options, find_invalid, read_options

if TYPE_CHECKING:
    from authority import Root

logger = logging.getLogger(__name__)

CERTIFICATES = "certificates"
SEND_CA_CERT = "send-ca-cert"
STATUSES = {
    "refused": "refused: {refused}",
    "follower": "Scaling is not implemented for this charm",
    "invalid": "The following configuration values are not valid: {invalid}",
}
NO_ROOT = "Root Certificate is not yet generated"
NONE_ISSUED = "No certificates issued yet."
LEADER_ONLY = "This action can only be run on the leader unit."
NOT_ROTATED = "Private key rotation failed: correct {invalid} with `juju config` and try again."
ROTATED = "New private key and CA certificate generated and stored."


class SelfSignedCertificatesCharm(ops.CharmBase):
    """Keep a root in force and every request answered by it."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.complaints: list[str] = []  # who is refused what, of the hook that looked
        for event in (
            self.on.leader_elected,
            self.on.config_changed,
            self.on.update_status,
            self.on.upgrade_charm,
            self.on[CERTIFICATES].relation_changed,
            self.on[CERTIFICATES].relation_departed,
            self.on[SEND_CA_CERT].relation_created,
            self.on[SEND_CA_CERT].relation_changed,
        ):
            framework.observe(event, self._reconcile)
        framework.observe(self.on.secret_remove, self._forget_old_key)
        framework.observe(self.on.collect_unit_status, self._collect_status)
        framework.observe(self.on.get_ca_certificate_action, self._get_ca_certificate)
        framework.observe(self.on.get_issued_certificates_action, self._get_issued_certificates)
        framework.observe(self.on.rotate_private_key_action, self._rotate_private_key)

    def _reconcile(self, _: ops.EventBase) -> None:
        options = read_options(self.config)
        if options and self.unit.is_leader():
            self._publish(self._ensure_root(options), options)

    def _ensure_root(self, options: Options) -> Root:
        """Return the root in force, made anew when the options or the calendar ask for it."""
        # The cryptography is imported where it is used: most hooks of a charm do without.
        import vault

        root = vault.load(self.model, vault.ACTIVE)
        if root is None or not root.fits(options):
            return self._replace_root(options)
        if root.must_be_renewed(datetime.now(timezone.utc), options):
            vault.save(self.model, vault.EXPIRING, root)
            return self._replace_root(options, keep_expiring=True)
        return root

    def _replace_root(self, options: Options, keep_expiring: bool = False) -> Root:
        import vault
        from authority import Root

        if not keep_expiring:
            vault.forget(self.model, vault.EXPIRING)
        root = Root.create(options)
        vault.save(self.model, vault.ACTIVE, root)
        logger.info("made a new root certificate, valid until %s", root.certificate.expiry_time)
        return root

    def _publish(self, root: Root, options: Options) -> None:
        """Answer every request with the root, and hand the root to whoever trusts it."""
        import vault
        from signing import answer_requests

        now = datetime.now(timezone.utc)
        for relation in self.model.relations[CERTIFICATES]:
            requests = self._read_requests(relation)
            present = wire.read_issued(relation.data[self.app])
            answers = answer_requests(requests, present, root, options, now)
            self._complain(
                relation.app.name,
                relation,
                [answer.message for answer in answers if isinstance(answer, wire.Refused)],
            )
            relation.data[self.app].update(wire.write_answers(answers))
        receivers = self.model.relations[SEND_CA_CERT]
        expiring = vault.load(self.model, vault.EXPIRING) if receivers else None
        trusted = [root, *([expiring] if expiring and not expiring.has_expired(now) else [])]
        for relation in receivers:
            certificates = [str(root.certificate) for root in trusted]
            relation.data[self.app].update(wire.write_trusted(certificates))

    def _read_requests(self, relation: ops.Relation) -> list[wire.Request]:
        found: list[wire.Request] = []
        for owner in (*sorted(relation.units, key=lambda unit: unit.name), relation.app):
            requests = wire.read_requests(relation.data[owner])
            if isinstance(requests, databag.Refusal):
                self._complain(owner.name, relation, [requests.reason])
            else:
                found.extend(requests)
        return found

    def _complain(self, name: str, relation: ops.Relation, reasons: Sequence[str]) -> None:
        self.complaints.extend(f"relation {relation.id} ({name}): {reason}" for reason in reasons)

    def _forget_old_key(self, event: ops.SecretRemoveEvent) -> None:
        event.remove_revision()

    def _collect_status(self, event: ops.CollectStatusEvent) -> None:
        invalid = find_invalid(self.config)
        if not self.unit.is_leader():
            event.add_status(ops.BlockedStatus(STATUSES["follower"]))
        elif invalid:
            event.add_status(ops.BlockedStatus(STATUSES["invalid"].format(invalid=invalid)))
        elif self.complaints:
            told = databag.summarize(self.complaints)
            event.add_status(ops.ActiveStatus(STATUSES["refused"].format(refused=told)))
        else:
            event.add_status(ops.ActiveStatus())

    def _get_ca_certificate(self, event: ops.ActionEvent) -> None:
        import vault

        root = vault.load(self.model, vault.ACTIVE)
        if root is None:
            event.fail(NO_ROOT)
        else:
            event.set_results({"ca-certificate": str(root.certificate)})

    def _get_issued_certificates(self, event: ops.ActionEvent) -> None:
        if not self.unit.is_leader():
            event.fail(LEADER_ONLY)
            return
        issued = [
            certificate
            for relation in self.model.relations[CERTIFICATES]
            for certificate in wire.read_issued(relation.data[self.app])
        ]
        if issued:
            event.set_results({"certificates": wire.report_issued(issued)})
        else:
            event.fail(NONE_ISSUED)

    def _rotate_private_key(self, event: ops.ActionEvent) -> None:
        options = read_options(self.config)
        if not self.unit.is_leader():
            event.fail(LEADER_ONLY)
        elif options is None:
            event.fail(NOT_ROTATED.format(invalid=", ".join(find_invalid(self.config))))
        else:
            self._publish(self._replace_root(options), options)
            event.set_results({"result": ROTATED})


if __name__ == "__main__":
    ops.main(SelfSignedCertificatesCharm)
