"""add-credential, update-credential, remove-credential."""

import sys

from kafkastack.cli.cloud_store import (
    CREDENTIALS,
    Document,
    Place,
    credential_not_found,
    written_places,
)
from kafkastack.cli.known_clouds import get_cloud
from kafkastack.cli.session import read_text
from kafkastack.errors import ConflictError, NotFoundError, UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.model.bounds import check_name
from kafkastack.model.yaml_file import Node, read_yaml


def add_credential(parsed: Parsed) -> int:
    """Keep the credentials that a file holds for a cloud."""
    cloud = parsed.positional[0]
    given = _read(cloud, parsed)
    for name in given:
        check_name("credential name", name)
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
    node = read_yaml(read_text(path), path).get("credentials").get(cloud)
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
                    raise credential_not_found(cloud, name, place)
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
                raise credential_not_found(cloud, name, place)
            del entry["cloud-credentials"][name]
            if entry.get("default-credential") == name:
                del entry["default-credential"]
        print(
            f'Credential "{name}" for cloud "{cloud}" removed from {place.called}.',
            file=sys.stderr,
        )
    return 0
