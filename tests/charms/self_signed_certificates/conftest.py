"""The charm imported as its dispatch imports it, and requests as real charms write them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from ops import testing

from tests.charms.modules import on_path

CHARM = Path(__file__).parents[3] / "charms" / "self-signed-certificates"


@pytest.fixture(autouse=True)
def charm_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with on_path(CHARM, monkeypatch):
        yield CHARM


@pytest.fixture
def context(charm_path: Path) -> testing.Context:
    from charm import SelfSignedCertificatesCharm

    return testing.Context(SelfSignedCertificatesCharm)


@pytest.fixture
def make_csr() -> Callable[..., str]:
    """Return a maker of requests: a new key each time, alternative names as given."""

    def make(name: str = "kafka-0", sans: tuple[x509.GeneralName, ...] = ()) -> str:
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
        if sans:
            builder = builder.add_extension(x509.SubjectAlternativeName(sans), critical=False)
        request = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
        return request.public_bytes(serialization.Encoding.PEM).decode().strip()

    return make


@pytest.fixture
def requesting() -> Callable[..., testing.Relation]:
    """Return a maker of relations whose units have written these requests."""

    def relate(*csrs: str, **entry: object) -> testing.Relation:
        units = {
            number: {
                "certificate_signing_requests": json.dumps(
                    [{"certificate_signing_request": csr, **entry}]
                )
            }
            for number, csr in enumerate(csrs)
        }
        return testing.Relation(
            "certificates", remote_app_name="kafka", remote_units_data=units or {0: {}}
        )

    return relate
