"""credentials, show-credential, add-, update- and remove-credential, default-credential."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kafkastack.cli.cloud_store import (
    CLIENT,
    CREDENTIALS,
    Document,
    Place,
    read_places,
    written_places,
)
from kafkastack.cli.formats.clouds import credentials_table
from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.known_clouds import get_cloud
from kafkastack.errors import ConflictError, NotFoundError, UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.model.yaml_file import Node, read_yaml

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
        raise _not_found(wanted[0], wanted[1], CLIENT)
    _print(parsed["format"], document)
    return 0


def _content(content: Mapping[str, str], secret: bool) -> Document:
    details = _details(content, secret)
    return {"content": {"auth-type": content["auth-type"], **details}, "models": {}}


def _not_found(cloud: str, name: str, place: Place) -> NotFoundError:
    whose = "local credential" if not place.controller else "credential"
    return NotFoundError(
        f'{whose} "{name}" for cloud "{cloud}" not found',
        "see which there are: kafkastack credentials",
    )


def add_credential(parsed: Parsed) -> int:
    """Keep the credentials that a file holds for a cloud."""
    cloud = parsed.positional[0]
    given = _read(cloud, parsed)
    for place in written_places(parsed):
        with place.edit(CREDENTIALS) as kept:
            entry = kept.setdefault(cloud, {}).setdefault("cloud-credentials", {})
            _refuse_kept(cloud, set(given) & set(entry), place)
            entry.update(given)
            _set_region(kept[cloud], parsed, cloud)
        for name in given:
            whose = f'controller "{place.controller}"' if place.controller else ""
            words = f"on {whose}" if whose else "locally"
            print(f'Credential "{name}" added {words} for cloud "{cloud}".', file=sys.stderr)
    return 0


def _refuse_kept(cloud: str, names: set[str], place: Place) -> None:
    for name in sorted(names):
        raise ConflictError(
            f'credential "{name}" for cloud "{cloud}" already exists on {place.called}',
            f"type: kafkastack update-credential {cloud} {name} -f FILE",
        )


def _set_region(entry: Document, parsed: Parsed, cloud: str) -> None:
    region = parsed["region"]
    if region and region not in get_cloud(cloud)["regions"]:
        raise NotFoundError(
            f'provided region "{region}" for cloud "{cloud}" not valid',
            f"there are: {', '.join(get_cloud(cloud)['regions'])}",
        )
    if region:
        entry["default-region"] = region


def _read(cloud: str, parsed: Parsed) -> dict[str, dict[str, str]]:
    """Return the credentials of a cloud that --file holds, checked."""
    auth_types = get_cloud(cloud)["auth-types"]
    path = parsed["file"]
    if not path:
        raise UsageError(
            "this asks for the credential", "give it: --file credentials.yaml, as in Juju"
        )
    node = read_yaml(Path(path).read_text(), path).get("credentials").get(cloud)
    names = {
        n: e for n, e in node.map().items() if n not in ("default-credential", "default-region")
    }
    if not names:
        raise NotFoundError(
            f'no credentials for cloud "{cloud}" in file "{path}"',
            f"the file holds: credentials: {{{cloud}: {{NAME: {{auth-type: …}}}}}}",
        )
    return {name: _checked(name, cloud, entry, auth_types) for name, entry in names.items()}


def _checked(name: str, cloud: str, entry: Node, auth_types: list[str]) -> dict[str, str]:
    content = {key: node.text() for key, node in entry.map().items()}
    auth_type = content.get("auth-type", "")
    if auth_type not in auth_types:
        raise UsageError(
            f'credential "{name}" contains invalid auth type "{auth_type}", '
            f'valid auth types for cloud "{cloud}" are [{" ".join(auth_types)}]'
        )
    return content


def update_credential(parsed: Parsed) -> int:
    """Replace a credential by what a file holds."""
    cloud = parsed.positional[0]
    given = _read(cloud, parsed)
    names = parsed.positional[1:] or tuple(given)
    for place in written_places(parsed):
        with place.edit(CREDENTIALS) as kept:
            entry = kept.setdefault(cloud, {}).setdefault("cloud-credentials", {})
            for name in names:
                if name not in entry or name not in given:
                    raise _not_found(cloud, name, place)
                entry[name] = given[name]
            _set_region(kept[cloud], parsed, cloud)
        print(_updated(cloud, names, place), file=sys.stderr)
    return 0


def _updated(cloud: str, names: tuple[str, ...], place: Place) -> str:
    if not place.controller:
        return "Local client was updated successfully with provided credential information."
    listed = ", ".join(f'"{name}"' for name in names)
    return f'Credential {listed} for cloud "{cloud}" updated on {place.called}.'


def remove_credential(parsed: Parsed) -> int:
    """Forget a credential."""
    cloud, name = parsed.positional
    for place in written_places(parsed):
        with place.edit(CREDENTIALS) as kept:
            entry = kept.get(cloud, {})
            if name not in entry.get("cloud-credentials", {}):
                raise _not_found(cloud, name, place)
            del entry["cloud-credentials"][name]
            if entry.get("default-credential") == name:
                del entry["default-credential"]
        print(
            f'Credential "{name}" for cloud "{cloud}" removed from {place.called}.',
            file=sys.stderr,
        )
    return 0


def default_credential(parsed: Parsed) -> int:
    """Show, set or reset the credential that a cloud is used with."""
    cloud, *given = parsed.positional
    get_cloud(cloud)
    if given and parsed.is_set("reset"):
        raise UsageError("cannot set and reset the default credential simultaneously")
    if not given and not parsed.is_set("reset"):
        print(_default(cloud, CLIENT.read(CREDENTIALS).get(cloud, {})))
        return 0
    with CLIENT.edit(CREDENTIALS) as kept:
        entry = kept.setdefault(cloud, {})
        if given and given[0] not in entry.get("cloud-credentials", {}):
            raise _not_found(cloud, given[0], CLIENT)
        entry["default-credential"] = given[0] if given else ""
    if given:
        words = f'is set to be default for "{cloud}" for this client.'
        print(f'Local credential "{given[0]}" {words}', file=sys.stderr)
    else:
        words = "is no longer set on this client."
        print(f'Default credential for cloud "{cloud}" {words}', file=sys.stderr)
    return 0


def _default(cloud: str, entry: Document) -> str:
    if name := entry.get("default-credential"):
        return f'Default credential for cloud "{cloud}" is "{name}" on this client.'
    return f'Default credential for cloud "{cloud}" is not set on this client.'
