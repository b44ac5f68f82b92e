"""CA of an application for its own servers, and the certificates that it signs."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import json
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from kafkastack_charms import files
from kafkastack_charms.trust import UnitCertificate

_DAYS = 3650
_DAY = 86400.0
_SOON = 30  # days before its end in which a certificate is replaced


def make_ca(name: str) -> tuple[str, str]:
    """Return the certificate and the private key of a new CA, as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        _builder(subject, subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
    )
    return _pem_of(_sign(made, key)), _key_pem(key)


def sign(
    ca: str, ca_key: str, name: str, names: Iterable[str], addresses: Iterable[str]
) -> UnitCertificate:
    """Return a new key and a certificate for a unit that is called by names and addresses."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    authority = x509.load_pem_x509_certificate(ca.encode())
    key = ec.generate_private_key(ec.SECP256R1())
    known: list[x509.GeneralName] = [x509.DNSName(one) for one in sorted(set(names))]
    known += [x509.IPAddress(ipaddress.ip_address(one)) for one in sorted(set(addresses))]
    made = (
        _builder(_name(name), authority.subject, key.public_key())
        .add_extension(x509.SubjectAlternativeName(known), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    signer: Any = load_pem_private_key(ca_key.encode(), password=None)
    return UnitCertificate(_key_pem(key) + _pem_of(_sign(made, signer)), ca)


def keep(
    record: Path, ca: str, ca_key: str, name: str, names: Collection[str], addresses: Iterable[str]
) -> UnitCertificate:
    """Return the certificate of a unit, a new one where the known one is not for all of this.

    `record` is a file that remembers it: to look into a certificate costs as much as a hook.
    """
    asked = hashlib.sha256(json.dumps([ca, sorted(names), sorted(addresses)]).encode()).hexdigest()
    known = _load(record)
    if known.get("asked") != asked or float(known.get("until", 0)) < time.time() + _SOON * _DAY:
        made = sign(ca, ca_key, name, names, addresses)
        until = time.time() + _DAYS * _DAY
        known = {"asked": asked, "until": str(until), "keystore": made.keystore, "ca": made.ca}
        files.write({record: json.dumps(known)}, None)
    return UnitCertificate(known["keystore"], known["ca"])


def _load(record: Path) -> dict[str, str]:
    with suppress(OSError, ValueError):
        return json.loads(record.read_text())
    return {}


def _name(text: str) -> Any:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _builder(subject: Any, issuer: Any, key: Any) -> Any:
    from cryptography import x509

    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))  # clocks differ
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
    )


def _sign(builder: Any, key: Any) -> Any:
    from cryptography.hazmat.primitives import hashes

    return builder.sign(key, hashes.SHA256())


def _pem_of(certificate: Any) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode()


def _key_pem(key: Any) -> str:
    from cryptography.hazmat.primitives import serialization as pem

    plain = pem.NoEncryption()
    return key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, plain).decode()
