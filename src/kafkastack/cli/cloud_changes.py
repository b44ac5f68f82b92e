"""add-cloud, update-cloud, remove-cloud."""

import sys

from kafkastack.cli.cloud_store import (
    CLIENT,
    CLOUDS,
    CREDENTIALS,
    Document,
    Place,
    credential_not_found,
    written_places,
)
from kafkastack.cli.known_clouds import read_definition, refuse_built_in
from kafkastack.errors import ConflictError, NotFoundError, UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.model.bounds import check_name


def add_cloud(parsed: Parsed) -> int:
    """Keep the definition of a cloud, on the client or for a controller."""
    name, path = _name_and_file(parsed)
    check_name("cloud name", name)
    refuse_built_in(name)
    definition = read_definition(name, path)
    credential = _credential(name, parsed["credential"])
    for place in written_places(parsed):
        with place.edit(CLOUDS) as kept:
            if name in kept and not parsed.is_set("force"):
                raise ConflictError(
                    f'"{name}" already exists on {place.called}; use `update-cloud` to replace it',
                    f"type: kafkastack update-cloud {name} -f {path}",
                )
            kept[name] = definition
        if credential:
            with place.edit(CREDENTIALS) as held:
                held.setdefault(name, {}).setdefault("cloud-credentials", {}).update(credential)
        print(_added(name, place), file=sys.stderr)
    return 0


def _credential(cloud: str, name: str) -> Document:
    """Return the client's credential of that name, which goes where the cloud goes."""
    kept = CLIENT.read(CREDENTIALS).get(cloud, {}).get("cloud-credentials", {})
    if name and name not in kept:
        raise credential_not_found(cloud, name, CLIENT)
    return {name: kept[name]} if name else {}


def _added(name: str, place: Place) -> str:
    if place.controller:
        return f'Cloud "{name}" added to controller "{place.controller}".'
    return (
        f'Cloud "{name}" successfully added to your local client.\n'
        f"You will need to add a credential for this cloud (`kafkastack add-credential {name}`)\n"
        "before you can use it."
    )


def _name_and_file(parsed: Parsed) -> tuple[str, str]:
    name, *paths = (*parsed.positional, *filter(None, [parsed["file"]]))
    if not paths:
        raise UsageError(
            "this asks for a definition of the cloud", "give it: --file clouds.yaml, as in Juju"
        )
    return name, paths[-1]


def update_cloud(parsed: Parsed) -> int:
    """Replace the definition of a cloud."""
    name, path = _name_and_file(parsed)
    definition = read_definition(name, path)
    for place in written_places(parsed):
        with place.edit(CLOUDS) as kept:
            _refuse_unknown(name, kept, place)
            kept[name] = definition
        print(f'Cloud "{name}" updated on {place.called} using provided file.', file=sys.stderr)
    return 0


def remove_cloud(parsed: Parsed) -> int:
    """Forget a cloud."""
    name = parsed.positional[0]
    for place in written_places(parsed):
        with place.edit(CLOUDS) as kept:
            _refuse_unknown(name, kept, place)
            del kept[name]
        print(f'Removed details of cloud "{name}" from {place.called}', file=sys.stderr)
    return 0


def _refuse_unknown(name: str, kept: Document, place: Place) -> None:
    if name not in kept:
        raise NotFoundError(
            f'No personal cloud called "{name}" exists on {place.called}',
            "see which there are: kafkastack clouds --all",
        )
