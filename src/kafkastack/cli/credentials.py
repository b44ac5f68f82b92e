"""credentials, show-credential: which there are, and what they hold."""

import sys
from collections.abc import Mapping
from typing import Any

from kafkastack.cli.cloud_store import (
    CLIENT,
    CREDENTIALS,
    Document,
    Place,
    credential_not_found,
    read_places,
)
from kafkastack.cli.formats.clouds import credentials_table
from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.known_clouds import get_cloud
from kafkastack.errors import UsageError
from kafkastack.gnuflag import Parsed

# What Juju shows of a credential without --show-secrets; all else is a secret.
_PUBLIC = {
    "access-key",
    "application-id",
    "auth-type",
    "client-id",
    "credential-id",
    "domain-name",
    "fingerprint",
    "managed-identity",
    "managed-subscription-id",
    "project-domain-name",
    "project-id",
    "region",
    "subscription-id",
    "tenancy",
    "tenant-id",
    "tenant-name",
    "user",
    "user-domain-name",
    "username",
}
Wanted = tuple[str, str]
"""The cloud and the credential that are asked for; "" means all."""


def credentials(parsed: Parsed) -> int:
    """List the credentials of the client and of the current controller."""
    wanted = (parsed.positional[0] if parsed.positional else "", "")
    if wanted[0]:
        get_cloud(wanted[0])
    found = {place: _entries(place, wanted) for place in read_places(parsed)}
    if parsed["format"] != "tabular":
        secret = parsed.is_set("show-secrets")
        document = {
            _key(p): {n: _listed(e, secret) for n, e in f.items()} for p, f in found.items() if f
        }
        _print(parsed["format"], document)
        return 0
    texts = [credentials_table(_title(p), entries) for p, entries in found.items() if entries]
    if texts:
        print("\n".join(texts), end="")
    else:
        print("No credentials from this client or from a controller to display.", file=sys.stderr)
    return 0


def _key(place: Place) -> str:
    return "controller-credentials" if place.controller else "client-credentials"


def _title(place: Place) -> str:
    return "Controller Credentials" if place.controller else "Client Credentials"


def _entries(place: Place, wanted: Wanted) -> dict[str, Document]:
    """Return the clouds that have credentials, with those that are wanted."""
    found: dict[str, Document] = {}
    for cloud, entry in sorted(place.read(CREDENTIALS).items()):
        named = {
            name: content
            for name, content in entry.get("cloud-credentials", {}).items()
            if wanted[1] in ("", name)
        }
        if named and wanted[0] in ("", cloud):
            found[cloud] = {**entry, "cloud-credentials": named}
    return found


def _listed(entry: Document, secret: bool) -> Document:
    names = {
        name: {"auth-type": content["auth-type"], "details": _details(content, secret)}
        for name, content in entry["cloud-credentials"].items()
    }
    shown = {key: entry[key] for key in ("default-credential", "default-region") if entry.get(key)}
    return {**shown, "cloud-credentials": names}


def _details(content: Mapping[str, str], secret: bool) -> dict[str, str]:
    kept = {key: value for key, value in content.items() if key != "auth-type"}
    return {key: value for key, value in kept.items() if secret or key in _PUBLIC}


def _print(form: str, document: dict[str, Any]) -> None:
    print(to_json(document) if form == "json" else to_yaml(document), end="")


def show_credential(parsed: Parsed) -> int:
    """Show credentials with what they hold; secrets only with --show-secrets."""
    if len(parsed.positional) == 1:
        raise UsageError("both cloud and credential name are needed")
    wanted = tuple(parsed.positional) or ("", "")
    secret = parsed.is_set("show-secrets")
    document: Document = {}
    for place in read_places(parsed):
        for cloud, entry in _entries(place, (wanted[0], wanted[1])).items():
            shown = {n: _content(c, secret) for n, c in entry["cloud-credentials"].items()}
            document.setdefault(_key(place), {})[cloud] = shown
    if wanted[1] and not document:
        raise credential_not_found(wanted[0], wanted[1], CLIENT)
    _print(parsed["format"], document)
    return 0


def _content(content: Mapping[str, str], secret: bool) -> Document:
    details = _details(content, secret)
    return {"content": {"auth-type": content["auth-type"], **details}, "models": {}}
