"""Repositories of jars: Maven Central, or what the person's Maven settings put in its place."""

import fnmatch
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

from kafkastack.errors import PreflightError

CENTRAL = "central"
_VARIABLE = re.compile(r"\$\{env\.([^}]+)\}")


@dataclass(frozen=True)
class Remote:
    """A Maven repository: address, user and password, proxies by scheme."""

    url: str = ""  # "" is Maven Central itself
    auth: tuple[str, str] | None = field(default=None, repr=False)
    proxies: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


def settings_file(environ: Mapping[str, str]) -> Path:
    """Return the file where Maven keeps what a person chose."""
    return Path(environ.get("HOME") or Path.home()) / ".m2" / "settings.xml"


def read_remote(path: Path, environ: Mapping[str, str]) -> Remote:
    """Return what a settings.xml says about Maven Central; a missing file says nothing."""
    try:
        root = ElementTree.fromstring(path.read_bytes())  # noqa: S314  # the person's own file
    except FileNotFoundError:
        return Remote()
    except (OSError, ElementTree.ParseError) as error:
        raise PreflightError(f"cannot read {path}: {error}", "correct or remove it") from error
    settings = _Settings(root, environ)
    mirror, url = settings.mirror()
    host = urlsplit(url).hostname or ""
    return Remote(url, settings.credentials(mirror), settings.proxies(host))


class _Settings:
    def __init__(self, root: ElementTree.Element, environ: Mapping[str, str]) -> None:
        self._root = root
        self._environ = environ

    def mirror(self) -> tuple[str, str]:
        for element in self._root.iterfind(".//{*}mirrors/{*}mirror"):
            if _mirrors_central(self._text(element, "mirrorOf")):
                return self._text(element, "id"), self._text(element, "url").rstrip("/")
        return CENTRAL, ""

    def credentials(self, server: str) -> tuple[str, str] | None:
        for element in self._root.iterfind(".//{*}servers/{*}server"):
            if self._text(element, "id") == server and self._text(element, "username"):
                return self._text(element, "username"), self._text(element, "password")
        return None

    def proxies(self, host: str) -> dict[str, str]:
        for element in self._root.iterfind(".//{*}proxies/{*}proxy"):
            direct = self._text(element, "nonProxyHosts").split("|")
            if host and any(fnmatch.fnmatchcase(host, pattern) for pattern in direct):
                return {}
            if self._text(element, "active") != "false":
                return dict.fromkeys(("http", "https"), self._proxy_url(element))
        return {}

    def _proxy_url(self, element: ElementTree.Element) -> str:
        user, password = self._text(element, "username"), self._text(element, "password")
        login = f"{user}:{password}@" if user else ""
        host, port = self._text(element, "host"), self._text(element, "port") or "8080"
        return f"http://{login}{host}:{port}"

    def _text(self, element: ElementTree.Element, name: str) -> str:
        text = (element.findtext(f"{{*}}{name}") or "").strip()
        return _VARIABLE.sub(lambda found: self._environ.get(found[1], ""), text)


def _mirrors_central(patterns: str) -> bool:
    words = [word.strip() for word in patterns.split(",")]
    if f"!{CENTRAL}" in words:
        return False
    return any(fnmatch.fnmatchcase(CENTRAL, word.removeprefix("external:")) for word in words)


def default_remote() -> Remote:
    """Return the repository of this person."""
    return read_remote(settings_file(os.environ), os.environ)
