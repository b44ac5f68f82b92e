"""The requirer's side of the ecosystem's library takes what our provider writes."""

from dataclasses import replace
from typing import ClassVar

import ops
from charmlibs.interfaces.tls_certificates import (
    CertificateRequestAttributes,
    TLSCertificatesRequiresV4,
)
from ops import testing

ATTRIBUTES = CertificateRequestAttributes(
    common_name="broker", sans_ip=frozenset({"127.20.30.5"}), sans_dns=frozenset({"broker-0"})
)


class Requirer(ops.CharmBase):
    """A charm that asks for one certificate and remembers what it was given."""

    given: ClassVar[list] = []

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.certificates = TLSCertificatesRequiresV4(self, "certificates", [ATTRIBUTES])
        framework.observe(self.certificates.on.certificate_available, self._take)

    def _take(self, _: ops.EventBase) -> None:
        Requirer.given.append(self.certificates.get_assigned_certificate(ATTRIBUTES))


def test_the_library_of_requirers_takes_a_certificate_and_a_rotated_one(context):
    Requirer.given.clear()
    meta = {"name": "requirer", "requires": {"certificates": {"interface": "tls-certificates"}}}
    requirer = testing.Context(Requirer, meta=meta)
    asking = testing.Relation("certificates")
    asked = requirer.run(requirer.on.relation_created(asking), testing.State(relations=[asking]))
    request = asked.get_relation(asking.id).local_unit_data
    ours = testing.Relation("certificates", remote_units_data={0: dict(request)})
    provided = context.run(
        context.on.relation_changed(ours), testing.State(relations=[ours], leader=True)
    )

    for state in (provided, context.run(context.on.action("rotate-private-key"), provided)):
        answer = state.get_relation(ours.id).local_app_data
        answered = replace(asked.get_relation(asking.id), remote_app_data=dict(answer))
        asked = requirer.run(
            requirer.on.relation_changed(answered), replace(asked, relations=[answered])
        )

    (first, key), (second, _) = Requirer.given
    assert first.certificate.sans_ip == {"127.20.30.5"}
    assert first.certificate.sans_dns == {"broker-0"}
    assert first.certificate.matches_private_key(key)
    assert str(second.ca) != str(first.ca)
    assert second.certificate.matches_private_key(key)
