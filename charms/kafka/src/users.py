"""Internal users of Kafka, and what Kafka keeps of a password."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from kafkastack_charms.credentials import new_key, new_password

ADMIN, BROKER = "admin", "sync"
INTERNAL_USERS = (BROKER, ADMIN)
ITERATIONS = 4096


@dataclass(frozen=True)
class Credentials:
    """What the app keeps secret."""

    admin_password: str
    sync_password: str
    users_key: str

    @classmethod
    def generate(cls) -> Credentials:
        """Return fresh credentials."""
        return cls(new_password(), new_password(), new_key())

    @classmethod
    def from_secret(cls, content: dict[str, str]) -> Credentials:
        """Read the content of the app's secret."""
        return cls(content["admin-password"], content["sync-password"], content["users-key"])

    def to_secret(self) -> dict[str, str]:
        """Return the content of the app's secret."""
        return {
            "admin-password": self.admin_password,
            "sync-password": self.sync_password,
            "users-key": self.users_key,
        }

    @property
    def internal(self) -> dict[str, str]:
        """The passwords of the users of this charm."""
        return {ADMIN: self.admin_password, BROKER: self.sync_password}


def scram_record(word: str, salt: bytes, iterations: int = ITERATIONS) -> str:
    """Return what Kafka keeps of a password (RFC 5802): enough to check it, not to log in."""
    salted = hashlib.pbkdf2_hmac("sha512", word.encode(), salt, iterations)
    stored = hashlib.sha512(hmac.digest(salted, b"Client Key", "sha512")).digest()
    server = hmac.digest(salted, b"Server Key", "sha512")
    texts = {
        name: base64.b64encode(value).decode() for name, value in _named(salt, stored, server)
    }
    return ",".join(f"{name}={text}" for name, text in texts.items()) + f",iterations={iterations}"


def _named(salt: bytes, stored: bytes, server: bytes) -> tuple[tuple[str, bytes], ...]:
    return ("salt", salt), ("stored_key", stored), ("server_key", server)
