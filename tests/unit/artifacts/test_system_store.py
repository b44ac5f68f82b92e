"""A company's authority that is only in the system's store is trusted by all that connects."""

import datetime as dt
import ipaddress
import os
import shutil
import ssl
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SOURCE = Path(__file__).parents[3] / "src"
PEM = serialization.Encoding.PEM
NO_VARIABLES = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}

# What connects, as a program of its own: what one test trusts is nothing to another.
CONNECT = """
import subprocess, sys
from pathlib import Path

def download(url, folder):
    from kafkastack.artifacts.distributions import Distribution, locked_jars
    from kafkastack.artifacts.download import download
    from kafkastack.artifacts.remotes import Remote
    tiny = Distribution("tiny-1", "1", "1", (), (), folder / "locks")
    download(locked_jars(tiny), folder / "lib", Remote(url), lambda _: None)

def uv(url, folder):
    from uv import find_uv_bin
    from kafkastack.artifacts.certificates import uv_environment
    words = ("pip", "install", "--target", folder / "target", "--python", sys.executable)
    wheel = f"{url}/small-1-py3-none-any.whl"
    done = subprocess.run(
        [find_uv_bin(), *words, wheel], env=uv_environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr

def openstack(url, folder):
    from keystoneauth1 import discover, session
    from kafkastack.clouds.openstack.entries import Entry
    from kafkastack.clouds.openstack.sdk import Sdk
    file = folder / "clouds.yaml"
    auth = f"{{auth_url: '{url}/v3', username: u, password: p, project_name: n}}"
    file.write_text(f"clouds: {{company: {{auth: {auth}}}}}")
    entry = Entry("company", str(file), "")
    try:
        Sdk(entry).flavors()
    except Exception as error:
        assert "certificate verify failed" not in str(error), error

globals()[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
print("trusted")
"""


def certificate(name: str, key, issuer: str, signer, *, ca: bool) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    number = x509.random_serial_number()
    return (
        x509.CertificateBuilder(named(issuer), named(name), key.public_key(), number)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )


@pytest.fixture
def store(tmp_path: Path, repository) -> Path:
    """Return a system's store with one authority; the repository's certificate is from it."""
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = certificate("Company CA", ca_key, "Company CA", ca_key, ca=True)
    leaf = certificate("repository", key, "Company CA", ca_key, ca=False)
    form, clear = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    served = tmp_path / "served.pem"
    served.write_bytes(leaf.public_bytes(PEM) + key.private_bytes(PEM, form, clear))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(served)
    repository.wrap(context)
    repository.url = repository.url.replace("http:", "https:")
    folder = tmp_path / "certs"
    folder.mkdir()
    (folder / "ca-certificates.crt").write_bytes(authority.public_bytes(PEM))
    (folder / "company.pem").write_bytes(authority.public_bytes(PEM))
    subprocess.run(["openssl", "rehash", folder], check=True, capture_output=True)
    repository.files["small-1-py3-none-any.whl"] = wheel(tmp_path)
    return folder


def wheel(folder: Path) -> bytes:
    path = folder / "small.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("small/__init__.py", "")
        archive.writestr(
            "small-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: small\nVersion: 1\n"
        )
        archive.writestr(
            "small-1.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr("small-1.dist-info/RECORD", "")
    return path.read_bytes()


def connect(how: str, url: str, folder: Path, *before: str, **more: str):
    return subprocess.run(
        [*before, sys.executable, "-c", CONNECT, how, url, str(folder)],
        env={
            **NO_VARIABLES,
            "HOME": str(folder),
            "UV_CACHE_DIR": str(folder / "uv"),
            "UV_HTTP_RETRIES": "0",
            **more,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="makes a store of its own")


@needs_openssl
@pytest.mark.parametrize("how", ["download", "uv", "openstack"])
def test_what_is_in_the_system_s_store_is_trusted(
    store: Path, repository, distribution, tmp_path: Path, how: str
):
    refused = connect(how, repository.url, tmp_path)
    assert refused.returncode != 0
    assert "certificate" in refused.stderr

    trusted = connect(how, repository.url, tmp_path, SSL_CERT_DIR=str(store))
    assert trusted.stdout == "trusted\n", trusted.stderr


@needs_openssl
@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a store in a namespace of its own")
@pytest.mark.parametrize("how", ["download", "uv", "openstack"])
def test_no_variable_is_needed(store: Path, repository, distribution, tmp_path: Path, how: str):
    mount = f'mount --bind {store} /etc/ssl/certs && exec "$@"'
    before = ("unshare", "--mount", "--propagation", "private", "sh", "-c", mount, "sh")
    done = connect(how, repository.url, tmp_path, *before)
    assert done.stdout == "trusted\n", done.stderr
