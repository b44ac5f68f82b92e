"""Credentials of a Kafka of one's own, and how a program is told of them."""

import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from kafkastack.errors import KafkastackError

MECHANISM, PROTOCOL = "SCRAM-SHA-512", "SASL_SSL"
_LOGIN_MODULE = "org.apache.kafka.common.security.scram.ScramLoginModule"
Pairs = Mapping[str, str]


class Access(NamedTuple):
    """Where a Kafka is found, and who may enter."""

    bootstrap_servers: str
    username: str
    password: str
    ca_file: str

    def described(self) -> dict[str, str]:
        """Return all of it under the names that the fixture of pytest has, too."""
        return {
            "bootstrap_servers": self.bootstrap_servers,
            "security_protocol": PROTOCOL,
            "sasl_mechanism": MECHANISM,
            "username": self.username,
            "password": self.password,
            "ca_file": self.ca_file,
        }


def librdkafka_settings(access: Access) -> dict[str, str]:
    """Return what `confluent_kafka` takes: `Producer(settings)`."""
    return {
        "bootstrap.servers": access.bootstrap_servers,
        "security.protocol": PROTOCOL,
        "sasl.mechanism": MECHANISM,
        "sasl.username": access.username,
        "sasl.password": access.password,
        "ssl.ca.location": access.ca_file,
    }


def java_settings(access: Access) -> dict[str, str]:
    """Return what a Java client takes."""
    return {
        "bootstrap.servers": access.bootstrap_servers,
        "security.protocol": PROTOCOL,
        "sasl.mechanism": MECHANISM,
        "sasl.jaas.config": _jaas(access),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": access.ca_file,
    }


def spring_settings(access: Access) -> dict[str, str]:
    """Return what Spring Boot takes: its own keys where it has some, else Kafka's below them."""
    return {
        "spring.kafka.bootstrap-servers": access.bootstrap_servers,
        "spring.kafka.security.protocol": PROTOCOL,
        "spring.kafka.properties.sasl.mechanism": MECHANISM,
        "spring.kafka.properties.sasl.jaas.config": _jaas(access),
        "spring.kafka.ssl.trust-store-type": "PEM",
        "spring.kafka.ssl.trust-store-location": Path(access.ca_file).as_uri(),
    }


def environment(access: Access) -> dict[str, str]:
    """Return the variables that a program may read."""
    return {
        "KAFKA_BOOTSTRAP_SERVERS": access.bootstrap_servers,
        "KAFKA_SECURITY_PROTOCOL": PROTOCOL,
        "KAFKA_SASL_MECHANISM": MECHANISM,
        "KAFKA_SASL_USERNAME": access.username,
        "KAFKA_SASL_PASSWORD": access.password,
        "KAFKA_SSL_CA_LOCATION": access.ca_file,
    }


def _jaas(access: Access) -> str:
    user, password = _quoted(access.username), _quoted(access.password)
    return f"{_LOGIN_MODULE} required username={user} password={password};"


def _quoted(text: str) -> str:
    """Write a value as JAAS reads it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def as_properties(pairs: Pairs) -> str:
    """Write a file that `java.util.Properties` reads, also one of before Java 9: in ASCII."""
    return "".join(f"{key}={_escaped(value)}\n" for key, value in pairs.items())


def _escaped(value: str) -> str:
    text = value.replace("\\", "\\\\")
    for character, written in (("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"), ("\f", "\\f")):
        text = text.replace(character, written)
    begins = "\\" if text[:1] == " " else ""
    return begins + "".join(map(_in_ascii, text))


def _in_ascii(character: str) -> str:
    if " " <= character <= "~":
        return character
    units = character.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def as_spring(pairs: Pairs) -> str:
    """Write application.properties; what looks like a placeholder of Spring's is kept a text."""
    kept = {key: value.replace("${", "\\${") for key, value in pairs.items()}
    return as_properties(kept)


def as_lines(pairs: Pairs) -> str:
    """Write what librdkafka's own programs read: a line each, nothing escaped."""
    for key, value in pairs.items():
        if value != value.strip() or len(value.splitlines()) > 1:
            raise KafkastackError(
                f"{key} cannot be written as a line of librdkafka's",
                "take another form: --format json",
            )
    return "".join(f"{key}={value}\n" for key, value in pairs.items())


def as_shell(pairs: Pairs) -> str:
    """Write assignments that a shell reads."""
    return "".join(f"{key}={shlex.quote(value)}\n" for key, value in pairs.items())


def as_json(pairs: Pairs) -> str:
    """Write one object."""
    return json.dumps(dict(pairs), indent=2) + "\n"


FORMATS: Mapping[str, Callable[[Access], str]] = {
    "properties": lambda access: as_properties(java_settings(access)),
    "env": lambda access: as_shell(environment(access)),
    "json": lambda access: as_json(access.described()),
    "librdkafka": lambda access: as_lines(librdkafka_settings(access)),
    "spring": lambda access: as_spring(spring_settings(access)),
}
