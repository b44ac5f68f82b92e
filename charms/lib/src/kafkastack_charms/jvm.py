"""The JVM of a machine: what it can do, asked of itself and remembered."""

from __future__ import annotations

import subprocess
from pathlib import Path

_KEYTOOL = ("-m", "java.base/sun.security.tools.keytool.Main", "-showinfo", "-tls")
_SECONDS = 30.0


def find_cipher_suites(java: str, record: Path) -> frozenset[str]:
    """Return the cipher suites of TLS that a JVM knows, none where it does not say.

    `record` is a file that remembers the answer of the same program.
    """
    mark = f"{java} of {Path(java).stat().st_mtime_ns}"
    lines = record.read_text().splitlines() if record.exists() else []
    if lines[:1] != [mark]:
        lines = [mark, *_ask(java)]
        record.write_text("\n".join(lines))
    return frozenset(lines[1:])


def _ask(java: str) -> list[str]:
    try:
        done = subprocess.run(
            (java, *_KEYTOOL), capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return sorted({line for line in done.stdout.splitlines() if line.startswith(("TLS_", "SSL_"))})
