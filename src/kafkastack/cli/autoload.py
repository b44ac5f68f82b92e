"""autoload-credentials: which credentials this user's environment and files hold."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from kafkastack.cli.cloud_store import CREDENTIALS, Place, written_places
from kafkastack.errors import UsageError
from kafkastack.gnuflag import Parsed

Found = tuple[str, str, dict[str, str]]
"""Type of cloud, name of the credential, its content."""

# Variable of the environment → attribute, by the type of cloud; the first names the credential.
_VARIABLES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "openstack": (
        "userpass",
        {
            "OS_USERNAME": "username",
            "OS_PASSWORD": "password",
            "OS_PROJECT_NAME": "tenant-name",
        },
    ),
    "ec2": (
        "access-key",
        {"AWS_ACCESS_KEY_ID": "access-key", "AWS_SECRET_ACCESS_KEY": "secret-key"},
    ),
}
_OPTIONAL = {
    "OS_PROJECT_ID": "tenant-id",
    "OS_USER_DOMAIN_NAME": "user-domain-name",
    "OS_PROJECT_DOMAIN_NAME": "project-domain-name",
}
_KEY_FILE = Path(".config/gcloud/application_default_credentials.json")


def autoload_credentials(parsed: Parsed) -> int:
    """Look for credentials, and keep those that are chosen."""
    print("Looking for cloud and credential information on local client...", file=sys.stderr)
    wanted = parsed.positional[0] if parsed.positional else ""
    found = [entry for entry in find(os.environ, Path.home()) if wanted in ("", entry[0])]
    if not found:
        print("No cloud credentials found.", file=sys.stderr)
        return 0
    for number, (cloud, name, _) in enumerate(found, 1):
        print(f'{number}. {cloud} credential "{name}" (new)', file=sys.stderr)
    if not sys.stdin.isatty():
        raise UsageError(
            "this asks which of them to keep",
            "type it on a terminal, or: kafkastack add-credential CLOUD --file FILE",
        )
    while (chosen := input("Select a credential to save by number, or type Q to quit: ")) != "Q":
        if not re.fullmatch(r"[0-9]{1,4}", chosen) or not 0 < int(chosen) <= len(found):
            print(f"there are 1 to {len(found)}", file=sys.stderr)
            continue
        _save(found[int(chosen) - 1], written_places(parsed))
    return 0


def _save(found: Found, places: list[Place]) -> None:
    cloud, name, content = found
    for place in places:
        with place.edit(CREDENTIALS) as kept:
            kept.setdefault(cloud, {}).setdefault("cloud-credentials", {})[name] = content
        print(f'Saved {cloud} credential "{name}" to {place.called}', file=sys.stderr)


def find(environment: Mapping[str, str], home: Path) -> list[Found]:
    """Return the credentials that are there: in variables, and in the file of Google's."""
    found = [
        (cloud, environment[next(iter(variables))], _content(auth_type, variables, environment))
        for cloud, (auth_type, variables) in _VARIABLES.items()
        if all(environment.get(name) for name in variables)
    ]
    key = home / _KEY_FILE
    if key.exists():
        found.append(("gce", "default", {"auth-type": "jsonfile", "file": str(key)}))
    return found


def _content(
    auth_type: str, variables: Mapping[str, str], environment: Mapping[str, str]
) -> dict[str, str]:
    asked = {**variables, **(_OPTIONAL if "OS_USERNAME" in variables else {})}
    values = {key: environment[name] for name, key in asked.items() if environment.get(name)}
    return {"auth-type": auth_type, **values}
