"""A private mirror and a company's own certificate authority, by the ordinary settings."""

import datetime as dt
import ipaddress
import os
import re
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kafkastack.artifacts.download import download
from kafkastack.errors import DownloadError

SOURCE = Path(__file__).parents[3] / "src"


@pytest.fixture(autouse=True)
def without_certificates(monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "PIP_CERT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def authority(tmp_path):
    """Return a certificate that signed itself for 127.0.0.1, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Company CA")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form, clear = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = tmp_path / "ca.pem"
    path.write_bytes(certificate.public_bytes(pem) + key.private_bytes(pem, form, clear))
    return path


@pytest.fixture
def tls_repository(repository, authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority)
    repository.wrap(context)
    repository.url = repository.url.replace("http:", "https:")
    return repository


def test_the_companys_certificates_are_trusted(
    tls_repository, authority, jars, tmp_path, reports, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    download(tuple(jars), tmp_path / "lib", tls_repository.remote, reports)
    assert len(list((tmp_path / "lib").glob("*.jar"))) == len(jars)


def test_unknown_certificates_are_not(tls_repository, jars, tmp_path, reports):
    with pytest.raises(DownloadError, match=r"certificate verify failed(.|\n)*SSL_CERT_FILE"):
        download(tuple(jars), tmp_path / "lib", tls_repository.remote, reports)


def test_the_command_asks_the_mirror_of_mavens_settings(repository, tmp_path):
    (tmp_path / ".m2").mkdir()
    mirror = f"<mirrorOf>central</mirrorOf><url>{repository.url}</url>"
    text = f"<settings><mirrors><mirror>{mirror}</mirror></mirrors></settings>"
    (tmp_path / ".m2" / "settings.xml").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "kafkastack.artifacts", "kafka-3.9.2/kafka.jar"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == DownloadError.exit_code
    assert re.search(r"cannot download \S+\.jar: the repository answered 404", done.stderr)
    assert repository.asked


def test_of_jgo_only_the_part_that_resolves_is_used():
    used = set()
    for path in (SOURCE / "kafkastack").rglob("*.py"):
        used |= set(
            re.findall(r"^\s*(?:from|import) ((?:jgo|cjdk)[\w.]*)", path.read_text(), re.M)
        )
    assert used == {"jgo.constants", "jgo.maven"}
