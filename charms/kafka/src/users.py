"""Who may log in, with which password, and what Kafka keeps of it.

The passwords of clients are derived from one key that never leaves the app's secret, so that a
user can be made again at any time without having been written down. Juju never reuses the number
of a relation, so neither is a password.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

ADMIN, BROKER = "admin", "sync"
INTERNAL_USERS = (BROKER, ADMIN)
ITERATIONS = 4096
_PASSWORD = re.compile(r"[!#%-\[\]-~]{1,128}")


@dataclass(frozen=True)
class Credentials:
    """What the app keeps secret."""

    admin_password: str
    sync_password: str
    users_key: str

    @classmethod
    def generate(cls) -> Credentials:
        """Return fresh credentials."""
        return cls(new_password(), new_password(), secrets.token_hex(32))

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


def new_password() -> str:
    """Return a password of 32 letters and digits."""
    return secrets.token_hex(16)


def is_password(text: str) -> bool:
    """Tell whether a JAAS line can carry this: no blank, quote, dollar or backslash."""
    return _PASSWORD.fullmatch(text) is not None


def password(key: str, user: str) -> str:
    """Derive the password of a client."""
    digest = hmac.new(bytes.fromhex(key), user.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest)[:32].decode().lower()


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
