"""Checks of the brokers' listeners, and of the certificates that they show."""

import socket
import ssl
from collections.abc import Iterator

from cryptography import x509

from kafkastack.tutorial.scene import Scene, ca_certificate

BROKERS = "kafka"
ANSWER_SECONDS = 5.0


def _addresses(scene: Scene) -> Iterator[tuple[str, str]]:
    for unit, told in scene.units(BROKERS).items():
        yield unit, told["public-address"]


def port_open(scene: Scene, words: tuple[str, ...]) -> str:
    """Verify that every broker listens on the port."""
    for unit, address in _addresses(scene):
        if not _listens(address, int(words[0])):
            return f"{unit} does not listen on {address}:{words[0]}"
    return ""


def port_closed(scene: Scene, words: tuple[str, ...]) -> str:
    """Verify that no broker listens on the port."""
    for unit, address in _addresses(scene):
        if _listens(address, int(words[0])):
            return f"{unit} still listens on {address}:{words[0]}"
    return ""


def _listens(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=ANSWER_SECONDS).close()
    except (ConnectionRefusedError, TimeoutError):  # a firewall says nothing at all
        return False
    return True


def certificate_verifies(scene: Scene, words: tuple[str, ...]) -> str:
    """Verify every broker's certificate: for its address, signed by the authority."""
    authority = ca_certificate(scene)
    for unit, address in _addresses(scene):
        if missing := _find_fault(authority, address, int(words[0])):
            return f"{unit}: {missing}"
    return ""


def _find_fault(authority: str, address: str, port: int) -> str:
    context = ssl.create_default_context(cadata=authority)
    with socket.create_connection((address, port), timeout=ANSWER_SECONDS) as connection:
        try:
            with context.wrap_socket(connection, server_hostname=address) as session:
                shown = session.getpeercert(binary_form=True) or b""
        except ssl.SSLError as error:
            return f"the certificate at {address}:{port} does not verify: {error.reason}"
    root = x509.load_pem_x509_certificate(authority.encode())
    issuer = x509.load_der_x509_certificate(shown).issuer
    return "" if issuer == root.subject else f"issued by {issuer.rfc4514_string()}"
