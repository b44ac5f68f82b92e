"""CAs of this host: those that were added to what its distribution trusts."""

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from kafkastack.errors import KafkastackError
from kafkastack.system.reading import read_regular

# Where update-ca-certificates and update-ca-trust look for what somebody added.
_FOLDERS = (
    Path("/usr/local/share/ca-certificates"),  # Debian, Ubuntu
    Path("/etc/pki/ca-trust/source/anchors"),  # Fedora, Red Hat
    Path("/etc/pki/trust/anchors"),  # SUSE
    Path("/etc/ca-certificates/trust-source/anchors"),  # Arch
)
_CERTIFICATE = re.compile(
    rb"-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----"
)
_ENDINGS = (".crt", ".pem")
MOST = 100  # a company has a handful
_MOST_BYTES = 1 << 18


def added_cas(folders: Sequence[Path] = _FOLDERS) -> tuple[str, ...]:
    """Return the certificates (PEM) that somebody added to this host's store, each once.

    What cannot be read is left out, as are more than a hundred.
    """
    found = (one for folder in folders for path in _files(folder) for one in _certificates(path))
    return tuple(dict.fromkeys(found))[:MOST]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in _ENDINGS)


def _certificates(path: Path) -> Iterator[str]:
    with contextlib.suppress(KafkastackError, OSError):
        for match in _CERTIFICATE.finditer(read_regular(path, _MOST_BYTES)):
            yield match[0].decode() + "\n"
