"""SCRAM-SHA-512: what Kafka keeps of a password."""

from __future__ import annotations

import base64
import hashlib
import hmac

ITERATIONS = 4096


def scram_record(password: str, salt: bytes, iterations: int = ITERATIONS) -> str:
    """Return what Kafka keeps of a password (RFC 5802): enough to check it, not to log in."""
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations)
    stored = hashlib.sha512(hmac.digest(salted, b"Client Key", "sha512")).digest()
    server = hmac.digest(salted, b"Server Key", "sha512")
    texts = {
        name: base64.b64encode(value).decode() for name, value in _named(salt, stored, server)
    }
    return ",".join(f"{name}={text}" for name, text in texts.items()) + f",iterations={iterations}"


def _named(salt: bytes, stored: bytes, server: bytes) -> tuple[tuple[str, bytes], ...]:
    return ("salt", salt), ("stored_key", stored), ("server_key", server)
