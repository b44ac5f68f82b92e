import datetime
import ipaddress
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kafkastack.tutorial.checks.network import (
    certificate_verifies,
    port_closed,
    port_open,
)
from tests.fakes.addresses import reserve_block

ADDRESS = f"{reserve_block()}.1"
NOW = datetime.datetime.now(datetime.UTC)


class Authority:
    def __init__(self, name):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(self.name, self.key.public_key(), is_ca=True)

    @property
    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def issue(self, folder, address):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kafka-0")])
        leaf = self._sign(name, key.public_key(), is_ca=False, address=address)
        path = folder / "server.pem"
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        path.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, *form)
            + leaf.public_bytes(serialization.Encoding.PEM)
        )
        return path

    def _sign(self, name, key, *, is_ca, address=""):
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - datetime.timedelta(days=1))
            .not_valid_after(NOW + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        )
        if address:
            names = [x509.IPAddress(ipaddress.ip_address(address))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())


class FakeScene:
    """One broker, and the certificate of the model's authority."""

    def __init__(self, authority=""):
        self._authority = authority

    def units(self, _):
        return {"kafka/0": {"public-address": ADDRESS}}

    def act(self, *_):
        return {"ca-certificate": self._authority}


@pytest.fixture
def listener():
    with socket.create_server((ADDRESS, 0)) as server:
        yield server


def serve_once(server, pem):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    def serve():
        connection, _ = server.accept()
        try:
            context.wrap_socket(connection, server_side=True).close()
        except OSError:
            connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def verify(listener, authority, pem):
    thread = serve_once(listener, pem)
    told = certificate_verifies(FakeScene(authority.pem), (str(listener.getsockname()[1]),))
    thread.join()
    return told


def test_a_certificate_of_the_authority_for_the_address_verifies(listener, tmp_path):
    authority = Authority("ours")

    assert verify(listener, authority, authority.issue(tmp_path, ADDRESS)) == ""


def test_a_certificate_of_another_authority_does_not_verify(listener, tmp_path):
    told = verify(listener, Authority("ours"), Authority("theirs").issue(tmp_path, ADDRESS))

    assert "does not verify" in told


def test_a_certificate_for_another_address_does_not_verify(listener, tmp_path):
    authority = Authority("ours")

    told = verify(listener, authority, authority.issue(tmp_path, "127.0.0.9"))

    assert "does not verify" in told


def test_a_port_whose_firewall_says_nothing_is_closed(monkeypatch):
    def drop(*_, **__):
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", drop)

    assert port_closed(FakeScene(), ("9092",)) == ""
    assert "does not listen" in port_open(FakeScene(), ("9092",))


def test_an_open_port_is_told_from_a_closed_one(listener):
    port = str(listener.getsockname()[1])

    assert port_open(FakeScene(), (port,)) == ""
    assert port_closed(FakeScene(), (port,)) == f"kafka/0 still listens on {ADDRESS}:{port}"
    listener.close()
    assert port_closed(FakeScene(), (port,)) == ""
    assert port_open(FakeScene(), (port,)) == f"kafka/0 does not listen on {ADDRESS}:{port}"
