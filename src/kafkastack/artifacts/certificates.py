"""Trusted certificates: the system's, and those that one of a few variables names."""

import os
from collections.abc import Mapping
from pathlib import Path

from kafkastack.system.ownership import checked

_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "PIP_CERT")


def ca_bundle(environ: Mapping[str, str]) -> str | None:
    """Return the file of certificates that requests, curl, uv or pip would read."""
    return next((environ[name] for name in _VARIABLES if environ.get(name)), None)


def trust_system() -> None:
    """Let this process trust what the system trusts, beside what a connection is told to trust.

    Before the first connection: a company's authority is in the system's store, and in no other.
    """
    import truststore

    truststore.inject_into_ssl()


def uv_cache(environ: Mapping[str, str]) -> Path:
    """Return where uv keeps what it has unpacked."""
    if given := environ.get("UV_CACHE_DIR"):
        return Path(given)
    return Path(environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "uv"


def uv_environment() -> dict[str, str]:
    """Return what a uv of ours is told: it reads SSL_CERT_FILE or the system's store.

    It fetches no Python. Files are copied: who changes a link into its cache changes it for all.
    """
    checked(uv_cache(os.environ), "UV_CACHE_DIR")  # what lies there is run as us
    bundle = ca_bundle(os.environ)
    trusted = {"SSL_CERT_FILE": bundle} if bundle else {}
    own = {"UV_LINK_MODE": "copy", "UV_SYSTEM_CERTS": "true"}
    return {**own, **trusted, **os.environ, "UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"}
