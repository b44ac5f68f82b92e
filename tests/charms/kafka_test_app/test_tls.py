"""With certificates the client speaks TLS, and waits until Kafka does."""

import json
import stat
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import ops
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from ops import testing

ASKED = json.dumps({"topic": "test-topic", "extra-user-roles": "consumer"})
PLAIN = {
    "endpoints": "10.0.0.1:9092",
    "topic": "test-topic",
    "username": "relation-6",
    "password": "s3cret",
    "tls": "disabled",
}
PEM = serialization.Encoding.PEM


class Authority:
    """A certificate authority as a related charm would be one."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test CA")])
        self.certificate = self._sign(name, name, self.key.public_key(), is_ca=True)
        self.pem = self.certificate.public_bytes(PEM).decode().strip()

    def answer(self, relation: testing.Relation) -> testing.Relation:
        """Return the relation with every request of the unit signed."""
        text = relation.local_unit_data["certificate_signing_requests"]
        answers = []
        for entry in json.loads(text):
            csr = x509.load_pem_x509_csr(entry["certificate_signing_request"].encode())
            issuer = self.certificate.subject
            leaf = self._sign(csr.subject, issuer, csr.public_key(), is_ca=False, csr=csr)
            certificate = leaf.public_bytes(PEM).decode().strip()
            answers.append(
                {
                    "ca": self.pem,
                    "certificate_signing_request": entry["certificate_signing_request"],
                    "certificate": certificate,
                    "chain": [certificate, self.pem],
                }
            )
        return replace(relation, remote_app_data={"certificates": json.dumps(answers)})

    def _sign(self, subject, issuer, key, is_ca, csr=None) -> x509.Certificate:
        now = datetime.now(timezone.utc)
        builder = (
            x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + timedelta(days=90))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        )
        for extension in csr.extensions if csr else []:
            builder = builder.add_extension(extension.value, extension.critical)
        return builder.sign(self.key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def related(answer: dict[str, str], *relations: testing.RelationBase) -> testing.State:
    kafka = testing.Relation(
        "kafka-cluster", id=90007, remote_app_name="kafka", remote_app_data=answer
    )
    peers = testing.PeerRelation("app-peers", local_app_data={"90007": ASKED})
    return testing.State(relations=[kafka, peers, *relations], leader=True)


def changed(context, state: testing.State) -> testing.State:
    (kafka,) = state.get_relations("kafka-cluster")
    return context.run(context.on.relation_changed(kafka), state)


def certified(context, authority: Authority, answer: dict[str, str]) -> testing.State:
    """Return the state after the certificate has arrived."""
    certificates = testing.Relation("certificates", remote_app_name="ca")
    out = context.run(context.on.relation_created(certificates), related(answer, certificates))
    answered = authority.answer(out.get_relation(certificates.id))
    others = [relation for relation in out.relations if relation.id != certificates.id]
    return context.run(
        context.on.relation_changed(answered), replace(out, relations=[answered, *others])
    )


def speaking_tls(ca: str) -> dict[str, str]:
    return {**PLAIN, "endpoints": "10.0.0.1:9093", "tls": "enabled", "tls-ca": ca}


def test_the_client_gets_a_key_and_a_certificate_that_verify(context, machine, authority):
    out = certified(context, authority, speaking_tls(authority.pem))

    files = {name: machine.folder / f"{name}.pem" for name in ("ca", "certificate", "key")}
    leaf, root = x509.load_pem_x509_certificates(files["certificate"].read_bytes())
    leaf.verify_directly_issued_by(root)
    key = serialization.load_pem_private_key(files["key"].read_bytes(), None)
    assert key.public_key() == leaf.public_key()
    assert files["ca"].read_text() == authority.pem
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}
    assert machine.settings["tls"]
    assert machine.settings["has_certificate"]
    assert out.unit_status == ops.ActiveStatus("Topic test-topic enabled with process consumer")


def test_the_client_waits_for_port_9093(context, machine, authority):
    out = certified(context, authority, PLAIN)

    assert not machine.runs
    assert out.unit_status == ops.WaitingStatus(
        "Waiting for Kafka to offer TLS on port 9093, not 10.0.0.1:9092"
    )


def test_the_client_waits_for_its_certificate(context, machine):
    certificates = testing.Relation("certificates")

    out = changed(context, related(speaking_tls(""), certificates))

    assert not machine.runs
    assert out.unit_status == ops.WaitingStatus("Waiting for a signed certificate")


@pytest.mark.parametrize("tls", ["enabled", "true"])
def test_the_ca_that_kafka_names_is_enough(context, machine, authority, tls):
    changed(context, related({**speaking_tls(authority.pem), "tls": tls}))

    assert (machine.folder / "ca.pem").read_text() == authority.pem
    assert machine.settings["tls"]
    assert not machine.settings["has_certificate"]


@pytest.mark.parametrize("ca", ["", "enabled"])
def test_the_ca_of_the_certificate_stands_in_for_one_that_kafka_does_not_name(
    context, machine, authority, ca
):
    certified(context, authority, speaking_tls(ca))

    assert (machine.folder / "ca.pem").read_text() == authority.pem


def test_nobody_is_trusted_by_default(context, machine):
    out = changed(context, related(speaking_tls("enabled")))

    assert not machine.runs
    assert out.unit_status == ops.BlockedStatus(
        "Kafka speaks TLS and does not say whom to trust: integrate certificates with its CA"
    )


def test_a_running_client_pauses_when_tls_is_wanted_and_goes_on_with_it(
    context, machine, authority
):
    changed(context, related(PLAIN))
    log = machine.settings["log"]
    waiting = certified(context, authority, PLAIN)
    assert not machine.runs

    (kafka,) = waiting.get_relations("kafka-cluster")
    others = [relation for relation in waiting.relations if relation.id != kafka.id]
    offering = replace(kafka, remote_app_data=speaking_tls(authority.pem))
    changed(context, replace(waiting, relations=[offering, *others]))

    assert machine.runs
    assert machine.settings["log"] == log


def test_the_end_of_the_certificates_leaves_no_key(context, machine, authority):
    out = certified(context, authority, speaking_tls(authority.pem))
    (certificates,) = out.get_relations("certificates")

    out = context.run(context.on.relation_broken(certificates), out)

    assert not any("private-key" in secret.tracked_content for secret in out.secrets)
    assert (machine.folder / "key.pem").read_text() == ""
    assert not machine.settings["has_certificate"]
