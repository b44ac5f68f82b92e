"""JSON and YAML of a document, without what is for the tables only."""

from __future__ import annotations

from kafkastack.model.text import escaped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kafkastack.cli.formats.shapes import Document


def public_part(document: Document | list[Any]) -> dict[str, Any] | list[Any]:
    """Return the document without its private keys."""
    if isinstance(document, list):
        return document
    return {key: value for key, value in document.items() if not key.startswith("_")}


def to_json(document: Document | list[Any]) -> str:
    """Return one line of JSON; what a terminal would obey is escaped, and read back as it was."""
    import json

    text = json.dumps(public_part(document), separators=(",", ":"), ensure_ascii=False)
    return escaped(text) + "\n"


def to_yaml(document: Document | list[Any]) -> str:
    """Return YAML as Juju writes it: block style, long texts as `|-`, digits in double quotes."""
    from kafkastack.cli.formats.yaml_text import dump

    return dump(public_part(document))
