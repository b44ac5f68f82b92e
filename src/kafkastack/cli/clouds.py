"""clouds, show-cloud, regions: which clouds there are, and what each is."""

import sys
from typing import Any

from kafkastack.cli.cloud_store import CREDENTIALS, Document, Place, read_places
from kafkastack.cli.formats.clouds import client_clouds_table, controller_clouds_table
from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.known_clouds import get_cloud, known_clouds
from kafkastack.errors import NotFoundError
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
