"""What this unit proves itself with: its certificate, its key, its authority."""

from __future__ import annotations

import base64
import binascii
import socket
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from charm import ZooKeeperCharm
    from charms.kafkastack.v0.certificates import CarefulRequirer

RELATION = "certificates"


class Keys(NamedTuple):
    """PEM texts: key and chain for ourselves, and the authority we trust."""

    keystore: str
    authority: str


class BadKeyError(Exception):
    """The private key of an action cannot be used."""


def request(charm: ZooKeeperCharm) -> CarefulRequirer | None:
    """Take part in the certificates relation, where there is one.

    The library is imported then only: it costs more than all the rest of a hook.
    """
    if charm.model.get_relation(RELATION) is None or charm.addresses is None:
        return None
    from charmlibs.interfaces.tls_certificates import (
        CertificateRequestAttributes,
        KeyAlgorithm,
    )
    from charms.kafkastack.v0.certificates import CarefulRequirer

    with_ips = bool(charm.config["certificate-include-ip-sans"])
    name = charm.unit.name.replace("/", "-")
    attributes = CertificateRequestAttributes(
        common_name=name,
        sans_dns=frozenset({name, socket.gethostname()}),
        sans_ip=charm.addresses.seen_from if with_ips else frozenset(),
    )
    return CarefulRequirer(
        charm,
        RELATION,
        certificate_requests=[attributes],
        refresh_events=[charm.on.config_changed],
        key_algorithm=KeyAlgorithm.ECDSA,
    )


def read_keys(requirer: CarefulRequirer) -> Keys | None:
    """Return what the authority has signed for this unit, if it has."""
    certificates, key = requirer.get_assigned_certificates()
    if not certificates or key is None:
        return None
    signed = certificates[0]
    chain = [str(signed.certificate), *map(str, signed.chain)]
    texts = (_pkcs8(str(key)), *dict.fromkeys(text.strip() for text in chain))
    return Keys("".join(f"{text.strip()}\n" for text in texts), f"{str(signed.ca).strip()}\n")


def find_faults(requirer: CarefulRequirer | None) -> tuple[str, ...]:
    """Return what the authority has written that cannot be used."""
    return requirer.faults if requirer else ()


def _pkcs8(key: str) -> str:
    # The only form that ZooKeeper reads.
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
