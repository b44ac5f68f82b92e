"""Merge of a bundle and an overlay, by Juju's rules."""

from collections.abc import Iterator
from typing import cast

from kafkastack.model.bundle import Raw


def merge_overlay(base: Raw, overlay: Raw) -> Raw:
    """Return a bundle with an overlay laid over it.

    Maps merge, relations are added, machines are replaced, and an application without a body is
    removed with its relations.
    """
    merged = {**base, **overlay}
    for part in ("applications", "saas"):
        merged[part] = _merge_entries(_map(base.get(part)), _map(overlay.get(part)))
    gone = {name for name, body in _map(overlay.get("applications")).items() if body is None}
    relations = [*_list(base.get("relations")), *_list(overlay.get("relations"))]
    merged["relations"] = [pair for pair in relations if not gone & set(_names(pair))]
    return {key: value for key, value in merged.items() if value}


def _map(value: object) -> Raw:
    return cast(Raw, value) if isinstance(value, dict) else {}


def _is_map(value: object) -> bool:
    return isinstance(value, dict)


def _list(value: object) -> list[object]:
    return cast(list[object], value) if isinstance(value, list) else []


def _merge_entries(base: Raw, overlay: Raw) -> Raw:
    merged = dict(base)
    for name, body in overlay.items():
        if body is None:
            merged.pop(name, None)
        else:
            merged[name] = _merge_maps(_map(merged.get(name)), _map(body))
    return merged


def _merge_maps(base: Raw, overlay: Raw) -> Raw:
    merged = dict(base)
    for key, value in overlay.items():
        both = _is_map(merged.get(key)) and _is_map(value)
        merged[key] = {**_map(merged[key]), **_map(value)} if both else value
    return merged


def _names(pair: object) -> Iterator[str]:
    """Yield the applications that a relation names, however it is written."""
    if isinstance(pair, str):
        yield pair.partition(":")[0]
    for one in _list(pair):
        yield from _names(one)
