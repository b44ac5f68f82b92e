"""Which certificates of a company are trusted, whichever of the usual variables names them."""

import os
from collections.abc import Mapping
from pathlib import Path

from kafkastack.system.ownership import checked

_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "PIP_CERT")


def ca_bundle(environ: Mapping[str, str]) -> str | None:
    """Return the file of certificates that requests, curl, uv or pip would read."""
    return next((environ[name] for name in _VARIABLES if environ.get(name)), None)


def uv_cache(environ: Mapping[str, str]) -> Path:
    """Return where uv keeps what it has unpacked."""
    if given := environ.get("UV_CACHE_DIR"):
        return Path(given)
    return Path(environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "uv"


def uv_environment() -> dict[str, str]:
    """Return what a uv of ours is told: it reads SSL_CERT_FILE alone, and fetches no Python.

    Files are copied: who changes one that is a link into the cache of uv changes it for all.
    """
    checked(uv_cache(os.environ), "UV_CACHE_DIR")  # what lies there is run as us
    bundle = ca_bundle(os.environ)
    trusted = {"SSL_CERT_FILE": bundle} if bundle else {}
    own = {"UV_LINK_MODE": "copy"}
    return {**own, **trusted, **os.environ, "UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"}
