"""Chain of a certificate: whether it is of what was asked for, and of the CA that is told."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm


def find_fault(request: str, certificate: str, chain: Iterable[str], ca: str) -> str:
    """Return why a certificate cannot be used for a request, "" where it can; all are PEM.

    Raises ValueError for what is none of these.
    """
    asked = x509.load_pem_x509_csr(request.encode())
    signed = x509.load_pem_x509_certificate(certificate.encode())
    links = [x509.load_pem_x509_certificate(text.encode()) for text in (*chain, ca)]
    if asked.public_key() != signed.public_key():
        return "is of another key"
    if missing := sorted(_names(asked) - _names(signed)):
        return f"lacks {', '.join(missing)}"
    return "" if _leads(signed, links) else "is not of the CA that is told"


def _names(found: x509.Certificate | x509.CertificateSigningRequest) -> set[str]:
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    addresses = map(str, names.get_values_for_type(x509.IPAddress))
    return {*names.get_values_for_type(x509.DNSName), *addresses}


def _leads(signed: x509.Certificate, links: list[x509.Certificate]) -> bool:
    """Report whether one was signed by the other up to the last link, which is the CA."""
    current = signed
    for _ in links:
        issuer = next((link for link in links if _is_issued(current, link)), None)
        if issuer is None or issuer == links[-1]:
            return issuer is not None
        current = issuer
    return False


def _is_issued(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    if certificate == by:
        return False
    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    except UnsupportedAlgorithm:
        return certificate.issuer == by.subject  # nobody here can say more
    return True
