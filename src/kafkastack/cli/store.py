"""find, info, charm-resources: which charms of ours there are, and what each of them offers."""

import sys
from typing import Any

from kafkastack.cli import catalogue
from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.tables import charm_resources_table, charms_table
from kafkastack.gnuflag import Parsed
from kafkastack.model.charm import CharmMeta
from kafkastack.model.charm_files import CHARM_FILES, parse

Document = dict[str, Any]
_PUBLISHER = "kafkastack"


def find(parsed: Parsed) -> int:
    """List our charms, or those whose name or summary has the words in it."""
    words = [word.lower() for word in parsed.positional]
    charms = [_found(name) for name in catalogue.names()]
    shown = [c for c in charms if all(w in f"{c['name']} {c['summary']}".lower() for w in words)]
    if parsed["format"] != "tabular":
        return _show(shown, parsed["format"])
    out, err = charms_table(shown, " ".join(parsed.positional))
    print(out, end="")
    print(err, end="", file=sys.stderr)
    return 0


def _found(name: str) -> Document:
    found = catalogue.find(name)
    meta = _meta(found)
    return {
        "name": meta.name,
        "type": "charm",
        "version": found.channel.revision,
        "publisher": _PUBLISHER,
        "summary": meta.summary,
        "channel": found.channel.name,
    }


def _meta(found: catalogue.Found) -> CharmMeta:
    return parse(catalogue.read_texts(found.source, CHARM_FILES))


def info(parsed: Parsed) -> int:
    """Show what a charm of ours offers."""
    found = catalogue.find(parsed.positional[0], parsed["channel"])
    meta = _meta(found)
    document = {
        "name": meta.name,
        "publisher": _PUBLISHER,
        "summary": meta.summary,
        "description": meta.description,
        "subordinate": meta.subordinate,
        "channel": found.channel.name,
        "revision": found.channel.revision,
        "channels": {
            name: {"revision": channel.revision} for name, channel in found.channels.items()
        },
        "relations": {
            role: {e.name: e.interface for e in meta.endpoints.values() if e.role == role}
            for role in ("provider", "requirer", "peer")
        },
        "options": {
            o.name: {"type": o.type, "default": o.default, "description": o.description}
            for o in meta.options.values()
        },
        "actions": {a.name: a.description for a in meta.actions.values()},
    }
    return _show(document, parsed["format"])


def charm_resources(parsed: Parsed) -> int:
    """List the resources that a channel of a charm of ours has."""
    found = catalogue.find(parsed.positional[0], parsed["channel"])
    rows: list[Document] = [
        {
            "name": resource.name,
            "type": resource.type,
            "path": resource.filename,
            "description": resource.description,
            "origin": "store" if resource.name in found.channel.resources else "upload",
            "artifact": found.channel.resources.get(resource.name, ""),
        }
        for resource in _meta(found).resources.values()
    ]
    if parsed["format"] != "tabular":
        return _show(rows, parsed["format"])
    out, err = charm_resources_table(rows)
    print(out, end="")
    print(err, end="", file=sys.stderr)
    return 0


def _show(document: Any, form: str) -> int:
    print(to_json(document) if form == "json" else to_yaml(document), end="")
    return 0
