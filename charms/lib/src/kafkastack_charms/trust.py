"""Change of a certificate and of its CA while a cluster runs.

A certificate of a known CA is taken at once. Another CA comes in three rounds: every unit trusts
the old and the new one; whoever sees that all others do uses its new certificate; when nobody
uses a certificate of the old CA any more, nobody trusts that one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import NamedTuple

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class UnitCertificate(NamedTuple):
    """PEM texts: key and chain of a unit, and the CA that has signed it."""

    keystore: str
    ca: str


class Stores(NamedTuple):
    """What a server is to use and to trust."""

    certificate: UnitCertificate
    truststore: str
    is_between: bool = False  # another certificate is there, and not used yet


class Voice(NamedTuple):
    """What a unit says of CAs: those of its certificates, and whom its server trusts."""

    cas: str
    trusts: tuple[str, ...]


def plan_stores(
    installed: UnitCertificate | None,
    offered: UnitCertificate | None,
    voices: Iterable[Voice],
) -> Stores | None:
    """Return what this unit uses and trusts now; None while it has no certificate.

    `voices` are of all units whose servers run with certificates already, this one too.
    """
    voices = tuple(voices)
    current = installed or offered
    if current is None:
        return None
    new = offered or current
    wanted = set(digests(new.ca))
    if current != new and all(wanted <= set(voice.trusts) for voice in voices):
        current = new
    truststore = join(current.ca, new.ca, *(voice.cas for voice in voices))
    return Stores(current, truststore, is_between=current != new)


def cas_of(*certificates: UnitCertificate | None) -> str:
    """Return the CAs of certificates, as a unit tells the others of them."""
    return join(*(certificate.ca for certificate in certificates if certificate))


def join(*texts: str) -> str:
    """Return all certificates of some PEM texts, each once, in an order that is theirs."""
    found = {_digest(pem): pem for text in texts for pem in split(text)}
    return "".join(f"{found[digest]}\n" for digest in sorted(found))


def digests(text: str) -> tuple[str, ...]:
    """Name each certificate of a PEM text."""
    return tuple(sorted({_digest(pem) for pem in split(text)}))


def split(text: str) -> list[str]:
    """Return the certificates of a PEM text, one by one."""
    return _PEM.findall(text)


def _digest(pem: str) -> str:
    return hashlib.sha256("".join(pem.split()).encode()).hexdigest()[:16]
