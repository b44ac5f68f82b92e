"""Client certificate of the unit: requested, renewed and read."""

from __future__ import annotations

import ops
from charmlibs.interfaces.tls_certificates import (
    CertificateRequestAttributes,
    KeyAlgorithm,
)
from kafkastack_charms.certificates import CarefulRequirer
from plan import TLSFiles


class ClientCertificate:
    """One certificate of one unit, with the address that the cluster sees."""

    def __init__(self, charm: ops.CharmBase, endpoint: str, address: str) -> None:
        self._attributes = CertificateRequestAttributes(
            common_name=charm.unit.name.replace("/", "-")[:64],
            sans_ip=frozenset({address}) if address else frozenset(),
        )
        self._requirer = CarefulRequirer(
            charm,
            endpoint,
            [self._attributes],
            key_algorithm=KeyAlgorithm.ECDSA,  # made in a millisecond, RSA takes a hundred
            refresh_events=[charm.on.config_changed, charm.on.update_status],
        )

    @property
    def faults(self) -> tuple[str, ...]:
        """What the authority has written that cannot be used."""
        return self._requirer.faults

    def read(self) -> TLSFiles | None:
        """Return the files of the certificate in force, or None."""
        provided, key = self._requirer.get_assigned_certificate(self._attributes)
        if provided is None or key is None:
            return None
        chain = "\n".join(str(certificate) for certificate in provided.chain)
        certificate = chain or str(provided.certificate)
        return TLSFiles(str(provided.ca), certificate, str(key))
