"""Every request is answered with a certificate that verifies against the root."""

import ipaddress
import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.verification import PolicyBuilder, Store
from ops import testing

ACTIVE = "active-ca-certificates"
EXPIRING = "expiring-ca-certificates"


def issued(state: testing.State, relation: testing.Relation) -> list[dict]:
    return json.loads(state.get_relation(relation.id).local_app_data.get("certificates", "[]"))


def ca_of(state: testing.State, label: str = ACTIVE) -> str:
    secret = state.get_secret(label=label)
    return (secret.latest_content or secret.tracked_content)["ca-certificate"]


def load(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


def answer(context, relation, **state) -> testing.State:
    return context.run(
        context.on.relation_changed(relation),
        testing.State(relations=[relation], leader=True, **state),
    )


def test_a_certificate_verifies_for_every_alternative_name_it_was_asked_for(
    context, make_csr, requesting
):
    sans = (
        x509.DNSName("kafka-0.example"),
        x509.IPAddress(ipaddress.ip_address("127.20.30.5")),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    )
    relation = requesting(make_csr("kafka-0", sans), ca=False)

    out = answer(context, relation)

    (entry,) = issued(out, relation)
    builder = PolicyBuilder().store(Store([load(entry["ca"])]))
    for name in sans:
        verifier = builder.build_server_verifier(name)
        chain = verifier.verify(load(entry["certificate"]), [])
        assert [load(pem) for pem in entry["chain"]] == chain


def test_the_wire_holds_exactly_what_the_interface_names(context, make_csr, requesting):
    csr = make_csr()
    relation = requesting(csr, ca=False)

    out = answer(context, relation)

    (entry,) = issued(out, relation)
    assert list(entry) == ["ca", "certificate_signing_request", "certificate", "chain"]
    assert entry["certificate_signing_request"] == csr
    assert entry["chain"] == [entry["certificate"], entry["ca"]]
    assert entry["ca"] == ca_of(out)
    assert set(out.get_relation(relation.id).local_app_data) == {"certificates"}


@pytest.mark.parametrize("entry", [{}, {"ca": None}, {"ca": False}])
def test_a_request_without_ca_is_answered_like_any_other(context, make_csr, requesting, entry):
    relation = requesting(make_csr(), **entry)

    out = answer(context, relation)

    (certificate,) = issued(out, relation)
    load(certificate["certificate"]).verify_directly_issued_by(load(ca_of(out)))


def test_a_request_for_a_ca_gets_one(context, make_csr, requesting):
    relation = requesting(make_csr(), ca=True)

    out = answer(context, relation)

    certificate = load(issued(out, relation)[0]["certificate"])
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_requests_of_the_application_are_answered_too(context, make_csr):
    text = json.dumps([{"certificate_signing_request": make_csr(), "ca": False}])
    relation = testing.Relation(
        "certificates", remote_app_data={"certificate_signing_requests": text}
    )

    out = answer(context, relation)

    assert len(issued(out, relation)) == 1


def test_a_certificate_in_force_stays_as_it_is(context, make_csr, requesting):
    relation = requesting(make_csr())
    first = answer(context, relation)

    second = context.run(context.on.update_status(), first)

    assert issued(second, relation) == issued(first, relation)


def test_a_departed_unit_loses_its_certificate(context, make_csr, requesting):
    relation = requesting(make_csr("a"), make_csr("b"))
    out = answer(context, relation)
    assert len(issued(out, relation)) == 2
    left = out.get_relation(relation.id)
    left = replace(left, remote_units_data={0: left.remote_units_data[0]})

    out = context.run(
        context.on.relation_departed(left, remote_unit=1), replace(out, relations=[left])
    )

    assert len(issued(out, relation)) == 1


DEEP, LONG = "[" * 100_000, f"[{'9' * 5000}]"


@pytest.mark.parametrize(
    "text",
    [
        *("not json", '"text"', "[1]", '[{"ca": false}]', "5", "null", "[null]", "[[1, 2]]"),
        *('[{"certificate_signing_request": 5}]', '{"a": 1}', DEEP, LONG),
        *('[{"certificate_signing_request": "x", "ca": "yes"}]', "x" * 2**22),
        '[{"certificate_signing_request": "\\ud800"}]',
    ],
)
def test_rubbish_of_one_application_does_not_stop_the_others(context, make_csr, requesting, text):
    bad = testing.Relation(
        "certificates",
        id=77,
        remote_app_name="bad-app",
        remote_units_data={0: {"certificate_signing_requests": text}},
    )
    good = requesting(make_csr())
    state = testing.State(relations=[bad, good], leader=True)

    out = context.run(context.on.relation_changed(bad), state)

    assert issued(out, bad) == []
    assert len(issued(out, good)) == 1
    assert out.unit_status.name == "active"
    assert out.unit_status.message.startswith("refused: relation 77 (bad-app/0): ")


def test_what_is_damaged_in_our_own_databag_is_signed_anew(context, make_csr, requesting):
    relation = requesting(make_csr())

    for text in ("not json", "[5]", '[{"ca": "x"}]'):
        out = answer(context, replace(relation, local_app_data={"certificates": text}))
        assert len(issued(out, relation)) == 1


def test_our_own_databag_is_read_however_long(context, make_csr, requesting):
    first = answer(context, requesting(make_csr()))
    (relation,) = first.relations
    long = {**relation.local_app_data, "request_errors": "x" * 2**22}

    second = answer(context, replace(relation, local_app_data=long), secrets=first.secrets)

    assert issued(second, relation) == issued(first, relation)


def test_the_errors_of_one_relation_have_a_bound(context, requesting):
    relation = requesting(*(f"{number}{'x' * 10_000}" for number in range(40)))

    out = answer(context, relation)

    errors = out.get_relation(relation.id).local_app_data["request_errors"]
    assert 2**16 < len(errors) < 2**17 + 100
    assert "this request cannot be signed" in out.unit_status.message


def test_a_request_that_is_longer_as_json_is_refused_by_status_alone(context, requesting):
    relation = requesting("😀" * 100_000)
    out = answer(context, relation)
    assert "request_errors" not in out.get_relation(relation.id).local_app_data
    assert "this request cannot be signed" in out.unit_status.message


def test_the_certificates_of_one_relation_have_a_bound(context, make_csr, monkeypatch, requesting):
    import signing

    monkeypatch.setattr(signing, "MAX_ISSUED", 5_000)
    relation = requesting(*(make_csr() for _ in range(4)))

    out = answer(context, relation, config={"certificate-limit": -1})

    assert len(issued(out, relation)) == 1
    (first, *_) = json.loads(out.get_relation(relation.id).local_app_data["request_errors"])
    assert first["error"]["message"] == (
        "the certificates of one relation have more than 5000 characters"
    )
    again = context.run(context.on.update_status(), out)
    assert issued(again, relation) == issued(out, relation)


def test_a_request_that_cannot_be_signed_is_refused_on_the_wire(context, requesting):
    relation = requesting("-----BEGIN CERTIFICATE REQUEST-----\nAAAA")

    out = answer(context, relation)

    (refused,) = json.loads(out.get_relation(relation.id).local_app_data["request_errors"])
    assert refused["error"]["code"] == 999
    assert refused["error"]["message"].startswith("this request cannot be signed: ")
    assert "this request cannot be signed: " in out.unit_status.message


def test_requests_above_the_limit_are_refused_until_it_is_raised(context, make_csr, requesting):
    relation = requesting(make_csr("a"), make_csr("b"))
    out = answer(context, relation, config={"certificate-limit": 1})
    assert len(issued(out, relation)) == 1
    (refused,) = json.loads(out.get_relation(relation.id).local_app_data["request_errors"])
    assert "certificate-limit" in refused["error"]["message"]

    raised = replace(out, config={"certificate-limit": -1})
    out = context.run(context.on.config_changed(), raised)

    assert len(issued(out, relation)) == 2
    assert "request_errors" not in out.get_relation(relation.id).local_app_data


def test_the_key_lives_in_a_secret_of_the_application(context, make_csr, requesting):
    out = answer(context, requesting(make_csr()))

    secret = out.get_secret(label=ACTIVE)
    assert secret.owner == "app"
    assert set(secret.tracked_content) == {"private-key", "ca-certificate"}
    assert "PRIVATE KEY" in secret.tracked_content["private-key"]


def test_the_root_carries_the_name_and_the_validity_of_the_options(context):
    config = {
        "ca-common-name": "Tutorial CA",
        "ca-organization": "Org",
        "ca-organizational-unit": "Unit",
        "ca-email-address": "ca@example.com",
        "ca-country-name": "DE",
        "ca-state-or-province-name": "Land",
        "ca-locality-name": "Town",
        "root-ca-validity": "10w",
        "certificate-validity": "12h",
    }

    out = context.run(context.on.config_changed(), testing.State(config=config, leader=True))

    root = load(ca_of(out))
    values = {attribute.value for attribute in root.subject}
    assert values == {"Tutorial CA", "Org", "Unit", "ca@example.com", "DE", "Land", "Town"}
    assert root.not_valid_after_utc - root.not_valid_before_utc == timedelta(weeks=10)
    again = context.run(context.on.update_status(), out)
    assert ca_of(again) == ca_of(out)


def test_another_name_makes_another_root_and_signs_anew(context, make_csr, requesting):
    relation = requesting(make_csr())
    first = answer(context, relation)

    renamed = replace(first, config={"ca-common-name": "Other CA"})
    second = context.run(context.on.config_changed(), renamed)

    assert ca_of(second) != ca_of(first)
    (entry,) = issued(second, relation)
    load(entry["certificate"]).verify_directly_issued_by(load(ca_of(second)))


def aged_root(age: timedelta) -> dict[str, str]:
    """Return the content of a root that was made `age` ago for 365 days."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name(
        [x509.NameAttribute(x509.NameOID.COMMON_NAME, "self-signed-certificates-operator")]
    )
    made = datetime.now(timezone.utc) - age
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(made)
        .not_valid_after(made + timedelta(days=365))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "private-key": private.decode().strip(),
        "ca-certificate": certificate.public_bytes(pem).decode().strip(),
    }


@pytest.mark.parametrize(("days", "renewed"), [(274, False), (276, True)])
def test_a_root_is_renewed_before_a_certificate_could_outlive_it(
    context, make_csr, requesting, days, renewed
):
    old = aged_root(timedelta(days=days))
    relation, trusting = requesting(make_csr()), testing.Relation("send-ca-cert")
    state = testing.State(
        relations=[relation, trusting],
        secrets=[testing.Secret(old, label=ACTIVE, owner="app")],
        leader=True,
    )

    out = context.run(context.on.update_status(), state)

    assert (ca_of(out) != old["ca-certificate"]) == renewed
    assert issued(out, relation)[0]["ca"] == ca_of(out)
    trusted = json.loads(out.get_relation(trusting.id).local_app_data["certificates"])
    assert trusted == [ca_of(out), *([old["ca-certificate"]] if renewed else [])]
    if renewed:
        assert ca_of(out, EXPIRING) == old["ca-certificate"]


def test_the_root_is_handed_to_those_who_trust_it(context):
    trusting = testing.Relation("send-ca-cert")

    out = context.run(
        context.on.relation_created(trusting), testing.State(relations=[trusting], leader=True)
    )

    sent = out.get_relation(trusting.id).local_app_data
    assert json.loads(sent["certificates"]) == [ca_of(out)]
    assert sent["version"] == "1"
