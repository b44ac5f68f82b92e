"""Truststore as Java reads it: for who would keep one of two CAs of the same name.

ZooKeeper, and Kafka's client of it, name the certificates of a PEM file by their subject. A CA
that is renewed has the name of the one before, so of the two that are to be trusted one is lost.
"""

from __future__ import annotations

from pathlib import Path

from kafkastack_charms import files
from kafkastack_charms.trust import split

OPENED_WITH = "public"  # Java opens none without a word; nothing in it is secret
KIND = "PKCS12"


def keep(pem: Path, store: Path, user: str | None) -> None:
    """Write a truststore of what stands in a PEM file, where it is older than that."""
    if not pem.exists():
        store.unlink(missing_ok=True)
    elif not store.exists() or store.stat().st_mtime_ns < pem.stat().st_mtime_ns:
        files.write({store: make(pem.read_text())}, user)


def make(pem: str) -> bytes:
    """Return a truststore of all certificates of a PEM text."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import pkcs12

    found = [x509.load_pem_x509_certificate(text.encode()) for text in split(pem)]
    named = [pkcs12.PKCS12Certificate(c, f"ca{n}".encode()) for n, c in enumerate(found)]
    sealed = serialization.BestAvailableEncryption(OPENED_WITH.encode())
    return pkcs12.serialize_java_truststore(named, sealed)
