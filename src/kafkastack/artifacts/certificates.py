"""Which certificates of a company are trusted, whichever of the usual variables names them."""

import os
from collections.abc import Mapping

_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "PIP_CERT")


def ca_bundle(environ: Mapping[str, str]) -> str | None:
    """Return the file of certificates that requests, curl, uv or pip would read."""
    return next((environ[name] for name in _VARIABLES if environ.get(name)), None)


def uv_environment() -> dict[str, str]:
    """Return what a uv of ours is told: it reads SSL_CERT_FILE alone, and fetches no Python."""
    bundle = ca_bundle(os.environ)
    trusted = {"SSL_CERT_FILE": bundle} if bundle else {}
    return {**trusted, **os.environ, "UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"}
