"""Differences between a model and a bundle, as `diff-bundle` shows them."""

from collections.abc import Mapping, Set
from typing import Any

from kafkastack.model.bundle import Bundle, BundleApplication
from kafkastack.model.bundle_changes import Pair

Diff = dict[str, Any]

_FIELDS = {
    "charm": "charm",
    "channel": "channel",
    "revision": "revision",
    "base": "base",
    "num_units": "num_units",
    "expose": "expose",
    "constraints": "constraints",
}


def diff(bundle: Bundle, model: Bundle, wanted: Set[Pair], present: Set[Pair]) -> Diff:
    """Return what differs; machines are compared only where the bundle lists any."""
    applications = {
        name: difference
        for name in sorted({*bundle.applications, *model.applications})
        if (
            difference := _application(bundle.applications.get(name), model.applications.get(name))
        )
    }
    machines = _missing(bundle.machines, model.machines) if bundle.machines else {}
    relations = {
        "bundle-additions": [list(pair) for pair in sorted(wanted - present)],
        "model-additions": [list(pair) for pair in sorted(present - wanted)],
    }
    parts = {
        "applications": applications,
        "machines": machines,
        "relations": {key: pairs for key, pairs in relations.items() if pairs},
    }
    return {part: found for part, found in parts.items() if found}


def _missing(bundle: Mapping[str, object], model: Mapping[str, object]) -> Diff:
    only_here = {name: {"missing": "model"} for name in bundle.keys() - model.keys()}
    only_there = {name: {"missing": "bundle"} for name in model.keys() - bundle.keys()}
    return dict(sorted({**only_here, **only_there}.items()))


def _application(bundle: BundleApplication | None, model: BundleApplication | None) -> Diff:
    if bundle is None or model is None:
        return {"missing": "bundle" if bundle is None else "model"}
    found = {
        key: {"bundle": here, "model": there}
        for key, name in _FIELDS.items()
        if (here := getattr(bundle, name)) != (there := getattr(model, name))
        and (here or key in ("expose", "num_units"))  # what a bundle does not say is not compared
    }
    options = {
        key: {"bundle": bundle.options.get(key), "model": model.options.get(key)}
        for key in sorted({*bundle.options, *model.options})
        if bundle.options.get(key) != model.options.get(key)
    }
    return {**found, **({"options": options} if options else {})}
