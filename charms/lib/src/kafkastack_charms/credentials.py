"""Passwords: made, judged, and derived for clients from one key.

The passwords of clients are derived from a key that never leaves the app's secret, so that a user
can be made again at any time without having been written down. Juju never reuses the number of a
relation, so neither is a password.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

_FORM = re.compile(r"[!#%-\[\]-~]{1,128}")


def new_password() -> str:
    """Return a password of 32 letters and digits."""
    return secrets.token_hex(16)


def new_key() -> str:
    """Return a key that passwords are derived from: 32 bytes in hex."""
    return secrets.token_hex(32)


def is_password(text: str) -> bool:
    """Report whether a JAAS line can carry this: no blank, quote, dollar or backslash."""
    return _FORM.fullmatch(text) is not None


def other_user(users: tuple[str, str], current: str) -> str:
    """Return the one of two users that is not in use."""
    first, second = users
    return second if current == first else first


def derive_password(key: str, user: str) -> str:
    """Return the password of a client."""
    digest = hmac.new(bytes.fromhex(key), user.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest)[:32].decode().lower()
