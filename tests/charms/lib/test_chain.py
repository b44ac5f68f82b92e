"""Certificates that are taken: of the key, the names and the CA that were asked for."""

from datetime import timedelta
from typing import Any

import pytest
from charmlibs.interfaces import tls_certificates as certs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from kafkastack_charms.chain import find_fault

DAYS = timedelta(days=9)


def make_ca(name: str) -> tuple[certs.PrivateKey, certs.Certificate]:
    key = certs.PrivateKey.generate(key_algorithm="ecdsa")
    attributes = certs.CertificateRequestAttributes(common_name=name, is_ca=True)
    return key, certs.Certificate.generate_self_signed_ca(attributes, key, validity=DAYS)


def ask(*names: str, is_ca: bool = False) -> tuple[certs.PrivateKey, str]:
    key = certs.PrivateKey.generate(key_algorithm="ecdsa")
    attributes = certs.CertificateRequestAttributes(
        common_name="unit", sans_dns=frozenset(names), is_ca=is_ca
    )
    return key, str(certs.CertificateSigningRequest.generate(attributes, key))


def sign(request: str, by: tuple[certs.PrivateKey, certs.Certificate], is_ca: bool = False) -> str:
    key, root = by
    parsed = certs.CertificateSigningRequest.from_string(request)
    return str(parsed.sign(root, key, DAYS, is_ca=is_ca))


ROOT, OTHER = make_ca("one"), make_ca("other")
REQUEST = ask("a", "b")[1]


def test_what_was_asked_for_is_taken() -> None:
    signed = sign(REQUEST, ROOT)
    assert find_fault(REQUEST, signed, [signed, str(ROOT[1])], str(ROOT[1])) == ""
    assert find_fault(REQUEST, signed, [], str(ROOT[1])) == ""


def sign_below(request: str, key: certs.PrivateKey, issuer: str) -> str:
    """Sign as a CA between does: the library names the root as the issuer."""
    asked = x509.load_pem_x509_csr(request.encode())
    above = x509.load_pem_x509_certificate(issuer.encode())
    names = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    builder = x509.CertificateBuilder(above.subject, asked.subject, asked.public_key(), 7)
    builder = builder.not_valid_before(above.not_valid_before_utc)
    builder = builder.not_valid_after(above.not_valid_after_utc).add_extension(names, False)
    loaded: Any = serialization.load_pem_private_key(str(key).encode(), None)
    signed = builder.sign(loaded, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def test_a_chain_may_have_links_between() -> None:
    key, request = ask("middle", is_ca=True)
    middle = sign(request, ROOT, is_ca=True)
    signed = sign_below(REQUEST, key, middle)
    assert find_fault(REQUEST, signed, [signed, middle], str(ROOT[1])) == ""
    assert find_fault(REQUEST, signed, [signed], str(ROOT[1])) == "is not of the CA that is told"


def test_one_of_another_ca_is_refused() -> None:
    signed = sign(REQUEST, ROOT)
    assert find_fault(REQUEST, signed, [], str(OTHER[1])) == "is not of the CA that is told"


def test_one_of_another_key_or_for_other_names_is_refused() -> None:
    signed = sign(ask("a", "b")[1], ROOT)
    assert find_fault(REQUEST, signed, [], str(ROOT[1])) == "is of another key"
    key, narrow = ask("a")
    attributes = certs.CertificateRequestAttributes(
        common_name="unit", sans_dns=frozenset({"a", "b"})
    )
    wide = str(certs.CertificateSigningRequest.generate(attributes, key))
    assert find_fault(wide, sign(narrow, ROOT), [], str(ROOT[1])) == "lacks b"


def test_what_is_no_pem_raises() -> None:
    with pytest.raises(ValueError):
        find_fault("none", "none", [], "none")
