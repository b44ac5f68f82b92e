"""Public keys of ssh: the type, comment and fingerprint of each."""

import base64
import hashlib

_TYPES = ("ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-")


def is_key(text: str) -> bool:
    """Report whether a text is a public key as `ssh-keygen` writes it."""
    kind, content = _split(text)[:2]
    return kind.startswith(_TYPES) and content[4 : 4 + len(kind)] == kind.encode()


def fingerprint(text: str) -> str:
    """Return the MD5 fingerprint that Juju lists keys by."""
    digest = hashlib.md5(_split(text)[1], usedforsecurity=False).hexdigest()
    return ":".join(digest[n : n + 2] for n in range(0, len(digest), 2))


def comment(text: str) -> str:
    """Return the comment of a key, "" if it has none."""
    return _split(text)[2]


def is_named(text: str, name: str) -> bool:
    """Report whether `name` is a key's fingerprint, its comment or the key itself."""
    return name != "" and name in (text, fingerprint(text), comment(text))


def _split(text: str) -> tuple[str, bytes, str]:
    kind, content, remark = [*text.strip().split(maxsplit=2), "", "", ""][:3]
    try:
        return kind, base64.b64decode(content, validate=True), remark
    except ValueError:  # also for what is not ASCII
        return kind, b"", remark
