"""Certificate of a unit: asked for, read as PEM files of a server, its key replaced."""

from __future__ import annotations

import base64
import binascii
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import ops

from kafkastack_charms import files, host
from kafkastack_charms.trust import Stores, UnitCertificate

if TYPE_CHECKING:
    from kafkastack_charms.certificates import CarefulRequirer

RELATION = "certificates"
_LONGEST = 64  # characters of a common name in X.509; what tells units apart comes last


class Layout(NamedTuple):
    """The PEM files of a server; a prefix tells two sets of them apart."""

    conf: Path
    prefix: str = ""

    @property
    def keystore(self) -> Path:
        """Private key and certificates of this unit."""
        return self.conf / f"{self.prefix}keystore.pem"

    @property
    def truststore(self) -> Path:
        """Every CA that is trusted: while it changes, the old and the new one."""
        return self.conf / f"{self.prefix}truststore.pem"

    @property
    def java_truststore(self) -> Path:
        """The same for who cannot tell two CAs of one name apart in a PEM file."""
        return self.conf / f"{self.prefix}truststore.p12"

    @property
    def ca(self) -> Path:
        """The CA that has signed what is in the keystore."""
        return self.conf / f"{self.prefix}ca.pem"

    def read(self) -> UnitCertificate | None:
        """Return the certificate that the server runs with."""
        keystore, ca = files.read(self.keystore), files.read(self.ca)
        return UnitCertificate(keystore, ca) if keystore and ca else None

    def texts(self, stores: Stores | None) -> dict[Path, str]:
        """Return what is to stand in the files; there are none without a certificate."""
        if stores is None:
            return {}
        return {
            self.truststore: stores.truststore,
            self.keystore: stores.certificate.keystore,
            self.ca: stores.certificate.ca,
        }

    def remove(self) -> None:
        """Remove the files of a server that has no certificate any more."""
        for path in (self.keystore, self.truststore, self.java_truststore, self.ca):
            path.unlink(missing_ok=True)


class BadKeyError(Exception):
    """The private key of an action cannot be used."""


def request(
    charm: ops.CharmBase, names: Iterable[str] = (), addresses: Iterable[str] = ()
) -> CarefulRequirer | None:
    """Take part in the certificates relation, where there is one.

    The library is imported then only: it costs more than all the rest of a hook.
    """
    if charm.model.get_relation(RELATION) is None:
        return None
    from charmlibs.interfaces.tls_certificates import (
        CertificateRequestAttributes,
        KeyAlgorithm,
    )

    from kafkastack_charms.certificates import CarefulRequirer

    name = charm.unit.name.replace("/", "-")
    dns, ips = host.sort_names(names)
    attributes = CertificateRequestAttributes(
        common_name=name[-_LONGEST:],
        sans_dns=frozenset({name, socket.gethostname(), *dns}),
        sans_ip=frozenset({*addresses, *ips}),
    )
    return CarefulRequirer(
        charm,
        RELATION,
        certificate_requests=[attributes],
        refresh_events=[charm.on.config_changed],
        key_algorithm=KeyAlgorithm.ECDSA,
    )


def read_certificate(requirer: CarefulRequirer) -> UnitCertificate | None:
    """Return what the CA has signed for this unit, if it has."""
    certificates, key = requirer.get_assigned_certificates()
    if not certificates or key is None:
        return None
    signed = certificates[0]
    chain = [str(signed.certificate), *map(str, signed.chain)]
    texts = (_pkcs8(str(key)), *dict.fromkeys(text.strip() for text in chain))
    keystore = "".join(f"{text.strip()}\n" for text in texts)
    return UnitCertificate(keystore, f"{str(signed.ca).strip()}\n")


def find_faults(requirer: CarefulRequirer | None) -> tuple[str, ...]:
    """Return what the CA has written that cannot be used."""
    return requirer.faults if requirer else ()


def _pkcs8(key: str) -> str:
    # The only form that Kafka and ZooKeeper read.
    from cryptography.hazmat.primitives import serialization as pem

    loaded = pem.load_pem_private_key(key.encode(), password=None)
    plain = pem.NoEncryption()
    return loaded.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, plain).decode()


def replace_key(requirer: CarefulRequirer, given: str | None) -> None:
    """Use another private key, a new one where none is given, and ask for its certificate."""
    if given is None:
        requirer.regenerate_private_key()
        return
    from charmlibs.interfaces.tls_certificates import PrivateKey, TLSCertificatesError

    try:
        requirer.import_private_key(PrivateKey.from_string(_read_pem(given)))
    except (TLSCertificatesError, ValueError, TypeError) as error:
        raise BadKeyError(f"internal-key is not a usable PEM private key: {error}") from error


def _read_pem(given: str) -> str:
    if "-----BEGIN" in given:
        # A command line often brings the line ends as two characters each.
        return given.replace("\\n", "\n")
    try:
        return base64.b64decode(given, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError("neither PEM nor base64") from error
