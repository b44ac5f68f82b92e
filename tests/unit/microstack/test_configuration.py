"""Configuration is complete, private, and says nothing that another installation would say."""

import base64
import configparser
import hashlib
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from kafkastack.microstack import certificates
from kafkastack.microstack.configuration import (
    DATABASES,
    PURPOSES,
    ConfigFile,
    Secrets,
    cells_sql,
    configuration,
    rabbit_hash,
    sql,
    supervisord,
)
from kafkastack.microstack.services import SERVICES
from kafkastack.microstack.settings import HYPERVISORS, PORTS, Settings, number_of

SECRETS = Secrets({purpose: f"secret-of-{purpose}" for purpose in PURPOSES})
SETTINGS = Settings(Path("/state"), Path("/cache"))


def files(hypervisor: str = "lxc") -> dict[str, ConfigFile]:
    return {file.path: file for file in configuration(SETTINGS, SECRETS, hypervisor)}


@pytest.mark.parametrize("hypervisor", sorted({*HYPERVISORS} - {"auto"}))
def test_every_template_is_filled(hypervisor: str):
    for file in files(hypervisor).values():
        assert file.text
        assert (
            file.path.endswith(("lxc", "mount.nfs", "start-nova-compute")) or "$" not in file.text
        ), file.path


def test_files_with_secrets_are_private():
    secret = [file for file in files().values() if "secret-of-" in file.text]
    assert len(secret) > 5
    assert [file.path for file in secret if file.mode & 0o077] == []


def test_the_compute_service_cannot_reach_the_database():
    compute = files()["/etc/nova/compute.conf"].text
    assert "database" not in compute
    assert "virt_type = lxc" in compute


@pytest.mark.parametrize("path", [p for p in files() if p.endswith(".conf") and "rabbit" not in p])
def test_a_file_has_no_section_or_option_twice(path: str):
    if path in ("/etc/libvirt/microstack.conf", "/etc/libvirt/qemu.conf"):
        return
    text = files()[path].text
    merged = configparser.RawConfigParser(strict=False, allow_no_value=True)
    merged.read_string(text)
    for section in merged.sections():
        body = [part for part in text.split("\n[") if part.lstrip("[").startswith(f"{section}]")]
        names = [
            line.partition("=")[0].strip()
            for part in body
            for line in part.splitlines()[1:]
            if "=" in line and not line.startswith("#")
        ]
        assert len(names) == len(set(names)), (section, names)


def test_every_daemon_is_supervised_and_waits_to_be_started():
    text = supervisord()
    for name in SERVICES:
        assert f"[program:{name}]" in text
    assert text.count("autostart = false") == text.count("autorestart = true") == len(SERVICES)


def test_apis_listen_with_tls_on_the_host_and_nowhere_else():
    text = files()["/etc/haproxy/microstack.cfg"].text
    outside = [line.split() for line in text.splitlines() if "namespace host" in line]
    assert len(outside) == len(PORTS)
    for words in outside:
        assert words[1].startswith("127.0.24.4:")
        assert "ssl" in words


def test_each_service_has_a_database_and_user_of_its_own():
    text = sql(SECRETS)
    for database, user in DATABASES.items():
        assert f"GRANT ALL ON {database}.* TO '{user}'@'localhost'" in text
    assert cells_sql(SECRETS).count("nova_cell0") == 1


def test_rabbitmqs_hash_is_a_salt_and_a_digest():
    raw = base64.b64decode(rabbit_hash("word"))
    assert raw[4:] == hashlib.sha256(raw[:4] + b"word").digest()


def test_installations_in_other_folders_have_names_of_their_own():
    usual = Settings(Path("/state"), Path("/cache"))
    other = Settings(Path("/elsewhere"), Path("/cache"), number_of("/elsewhere"))
    for name in ("name", "address", "external", "link", "group"):
        assert getattr(usual, name) != getattr(other, name)
    assert len(other.link) < 16  # the kernel's limit


def test_the_certificate_is_for_the_address_and_from_the_authority(tmp_path: Path):
    made = certificates.make("127.0.24.4")
    authority = x509.load_pem_x509_certificate(made.authority.encode())
    certificate = x509.load_pem_x509_certificate(made.certificate.encode())
    certificate.verify_directly_issued_by(authority)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["127.0.24.4"]
    both = tmp_path / "both.pem"
    both.write_text(made.certificate + made.key)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(both)
