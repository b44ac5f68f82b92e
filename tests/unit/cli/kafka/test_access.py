"""Configuration for programs: each form is read back by a parser that is not ours."""

import json
import subprocess
from pathlib import Path

import javaproperties
import pytest
from confluent_kafka import Producer
from hypothesis import given
from hypothesis import strategies as st

from kafkastack.cli.kafka.access import (
    FORMATS,
    Access,
    as_properties,
    environment,
    java_settings,
    librdkafka_settings,
    spring_settings,
)
from kafkastack.errors import KafkastackError

PLAIN = Access("127.1.2.3:9093,127.1.2.4:9093", "relation-3", "s3cret", "/home/ana/ca.pem")
NASTY = Access(
    "127.1.2.3:9093", "relation 3", " a\"b\\c'd$e=f:g#h!é🦊`i ", "/home/ana maria/ca.pem"
)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)


def in_a_shell(script: str, name: str) -> str:
    words = ["sh", "-c", f'set -a\n{script}\nexec printenv "$0"', name]
    return subprocess.run(words, capture_output=True, check=True).stdout.decode()[:-1]


@pytest.mark.parametrize("access", [PLAIN, NASTY])
def test_a_shell_reads_the_variables(access: Access):
    for name, value in environment(access).items():
        assert in_a_shell(FORMATS["env"](access), name) == value


def test_variables_without_a_need_are_not_quoted_so_that_an_env_file_takes_them():
    lines = FORMATS["env"](PLAIN).splitlines()
    assert lines == [f"{name}={value}" for name, value in environment(PLAIN).items()]


@pytest.mark.parametrize("access", [PLAIN, NASTY])
def test_java_reads_the_properties(access: Access):
    assert javaproperties.loads(FORMATS["properties"](access)) == java_settings(access)


@given(key=st.just("key"), value=TEXTS | st.text(alphabet=" \t\n\r\f\\=:#!"))
def test_any_value_is_a_property_in_ascii(key: str, value: str):
    text = as_properties({key: value})
    assert text.isascii() and javaproperties.loads(text) == {key: value}


def test_jaas_has_the_password_as_one_quoted_word():
    told = java_settings(NASTY._replace(password='a"b\\c'))["sasl.jaas.config"]
    assert told.endswith('required username="relation 3" password="a\\"b\\\\c";')


def test_spring_has_kafka_s_settings_below_its_own_keys():
    told = javaproperties.loads(FORMATS["spring"](PLAIN))
    assert told == spring_settings(PLAIN)
    assert told["spring.kafka.bootstrap-servers"] == PLAIN.bootstrap_servers
    assert told["spring.kafka.ssl.trust-store-location"] == "file:///home/ana/ca.pem"
    inner = "spring.kafka.properties."
    below = {key.removeprefix(inner) for key in told if key.startswith(inner)}
    assert below <= set(java_settings(PLAIN))


def test_a_placeholder_of_spring_s_stays_a_text():
    text = FORMATS["spring"](PLAIN._replace(password="a${b}"))
    assert "a\\${b}" in javaproperties.loads(text)["spring.kafka.properties.sasl.jaas.config"]


def test_librdkafka_takes_the_lines(tmp_path: Path):
    (tmp_path / "ca.pem").write_text(_CA)
    access = PLAIN._replace(ca_file=str(tmp_path / "ca.pem"), password="a=b #c")
    lines = FORMATS["librdkafka"](access).splitlines()
    settings = dict(line.split("=", 1) for line in lines)
    assert settings == librdkafka_settings(access)
    Producer({**settings, "log_level": 0})


def test_what_cannot_be_a_line_is_refused():
    with pytest.raises(KafkastackError, match=r"sasl\.password cannot be written"):
        FORMATS["librdkafka"](NASTY)


@pytest.mark.parametrize("access", [PLAIN, NASTY])
def test_json_is_one_object(access: Access):
    told = json.loads(FORMATS["json"](access))
    assert (told["username"], told["password"]) == (access.username, access.password)
    assert told["bootstrap_servers"] == access.bootstrap_servers
    assert told["ca_file"] == access.ca_file


def _made() -> str:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ca")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


_CA = _made()
