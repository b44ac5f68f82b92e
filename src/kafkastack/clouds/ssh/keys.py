"""The key that a controller logs in with: its own, made once, read by nobody else."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from kafkastack.system.files import locked, write_atomically
from kafkastack.system.places import private_folder

_NAME = "id_ed25519"


def private_key(folder: Path) -> Path:
    """Return the file of the key in `folder`; it is made if it is not there."""
    private_folder(folder)
    path = folder / _NAME
    with locked(folder / ".key.lock"):
        if not path.exists():
            key = Ed25519PrivateKey.generate()
            text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
            write_atomically(path, text, 0o600)
    return path


def public_key(private: Path, comment: str) -> str:
    """Return the line of authorized_keys that lets the key in."""
    key = load_ssh_private_key(private.read_bytes(), None).public_key()
    return f"{key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()} {comment}"
