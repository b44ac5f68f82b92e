"""clouds, show-cloud, regions, add-cloud, update-cloud, remove-cloud, default-region."""

import sys
from typing import Any

from kafkastack.cli.cloud_store import (
    CLIENT,
    CLOUDS,
    CREDENTIALS,
    Document,
    Place,
    read_places,
    written_places,
)
from kafkastack.cli.formats.clouds import client_clouds_table, controller_clouds_table
from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.known_clouds import (
    get_cloud,
    known_clouds,
    read_definition,
    refuse_built_in,
)
from kafkastack.errors import ConflictError, NotFoundError, UsageError
from kafkastack.gnuflag import Parsed


def clouds(parsed: Parsed) -> int:
    """List the clouds of the current controller and of the client."""
    places = read_places(parsed)
    if parsed["format"] != "tabular":
        merged = {name: entry for place in places for name, entry in _shown(place).items()}
        _print(parsed["format"], merged)
        return 0
    texts: list[str] = []
    for place in places:
        found = _shown(place)
        listed = {n: e for n, e in found.items() if parsed.is_set("all") or _is_usable(e)}
        if len(listed) < len(found):
            print(
                "Only clouds with registered credentials are shown.\n"
                "There are more clouds, use --all to see them.",
                file=sys.stderr,
            )
        table = controller_clouds_table if place.controller else client_clouds_table
        texts.append(table(listed))
    print("\n".join(texts), end="")
    return 0


def _shown(place: Place) -> dict[str, Document]:
    """Return a place's clouds with what is known of each: credentials and default region."""
    kept = place.read(CREDENTIALS)
    return {name: _with_records(entry, kept.get(name, {})) for name, entry in _sorted(place)}


def _sorted(place: Place) -> list[tuple[str, Document]]:
    return sorted(known_clouds(place).items())


def _with_records(entry: Document, kept: Document) -> Document:
    region = {"default-region": kept["default-region"]} if kept.get("default-region") else {}
    return {**entry, **region, "credentials": len(kept.get("cloud-credentials", {}))}


def _is_usable(entry: Document) -> bool:
    return bool(entry["credentials"]) or "empty" in entry["auth-types"]


def _print(form: str, document: dict[str, Any]) -> None:
    print(to_json(document) if form == "json" else to_yaml(document), end="")


def show_cloud(parsed: Parsed) -> int:
    """Show what a cloud is, where it is known."""
    name = parsed.positional[0]
    found = {
        place: shown[name] for place in read_places(parsed) if name in (shown := _shown(place))
    }
    if not found:
        get_cloud(name)
        raise NotFoundError(
            f"cloud {name} not found there", f"type: kafkastack show-cloud {name} --client"
        )
    hidden = {"credentials"} if parsed.is_set("include-config") else {"credentials", "config"}
    for place, entry in found.items():
        shown = {key: value for key, value in entry.items() if key not in hidden and value != ""}
        shown = {**shown, "credential-count": entry["credentials"]}
        if parsed["format"] != "display":
            _print(parsed["format"], {"name": name, **shown})
            break  # one document: of the controller, if it knows the cloud
        print(_title(place, name))
        _print("yaml", {"name": name, **shown})
        print()
    return 0


def _title(place: Place, name: str) -> str:
    if place.controller:
        return f'Cloud "{name}" from controller "{place.controller}":\n'
    return f'Client cloud "{name}":\n'


def regions(parsed: Parsed) -> int:
    """List the regions of a cloud."""
    name = parsed.positional[0]
    found = {p: c[name] for p in read_places(parsed) if name in (c := known_clouds(p))}
    if not found:
        get_cloud(name)
    for place, entry in found.items():
        if parsed["format"] != "tabular":
            _print(parsed["format"], entry["regions"])
            break
        print("Controller Cloud Regions" if place.controller else "Client Cloud Regions")
        print("\n".join(entry["regions"]))
    return 0


def add_cloud(parsed: Parsed) -> int:
    """Keep the definition of a cloud, on the client or for a controller."""
    name, path = _name_and_file(parsed)
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
        raise NotFoundError(
            f'local credential "{name}" for cloud "{cloud}" not found',
            "see which there are: kafkastack credentials",
        )
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


def default_region(parsed: Parsed) -> int:
    """Show, set or reset the region that a cloud is used in."""
    name, *given = parsed.positional
    cloud = get_cloud(name)
    if given and parsed.is_set("reset"):
        raise UsageError("cannot set and reset the default region simultaneously")
    if given:
        _refuse_region(name, given[0], cloud)
    if not given and not parsed.is_set("reset"):
        print(_default_region(name, CLIENT.read(CREDENTIALS).get(name, {})))
        return 0
    with CLIENT.edit(CREDENTIALS) as kept:
        kept.setdefault(name, {})["default-region"] = given[0] if given else ""
    if given:
        print(f'Default region in {name} set to "{given[0]}".', file=sys.stderr)
    else:
        words = "is no longer set on this client."
        print(f'Default region for cloud "{name}" {words}', file=sys.stderr)
    return 0


def _default_region(name: str, entry: Document) -> str:
    if region := entry.get("default-region"):
        return f'Default region for cloud "{name}" is "{region}" on this client.'
    return f'Default region for cloud "{name}" is not set on this client.'


def _refuse_region(name: str, region: str, cloud: Document) -> None:
    if region not in cloud["regions"]:
        raise NotFoundError(
            f'invalid region "{region}" for cloud "{name}"',
            f"there are: {', '.join(cloud['regions'])}",
        )
