"""add-model, models, switch, show-model, set-credential."""

import sys
from collections.abc import Callable
from typing import Any

from kafkastack.cli import client_store
from kafkastack.cli.bootstrapping import config_words, find_credential
from kafkastack.cli.cloud_store import CLIENT, CREDENTIALS, Place
from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.tables import models_table
from kafkastack.cli.session import (
    Target,
    controller_target,
    model_target,
)
from kafkastack.cli.settings import warn_of_unknown
from kafkastack.errors import NotFoundError, UsageError
from kafkastack.gnuflag import Parsed

Table = Callable[[dict[str, Any]], tuple[str, str]]
"""A document → what goes to stdout, and to stderr."""


def add_model(parsed: Parsed) -> int:
    """Add a model and, unless told otherwise, switch to it."""
    target = controller_target(parsed)
    entry = client_store.read().controllers[target.controller]
    name, *cloud = parsed.positional
    credential = _credential(target, entry["cloud"], parsed["credential"])
    config = config_words(parsed.lists["config"])
    warn_of_unknown(config)
    target.call(
        "add-model",
        name=name,
        config=config,
        cloud=cloud[0] if cloud else "",
        credential=credential,
    )
    if not parsed.is_set("no-switch"):
        with client_store.edit() as store:
            store.remember(target.controller, name)
    place = f"{entry['cloud']}/{entry.get('region') or target.call('show-controller')['region']}"
    held = f" with credential '{credential}'" if credential else ""
    print(f"Added '{name}' model on {place}{held} for user 'admin'", file=sys.stderr)
    return 0


def _credential(target: Target, cloud: str, name: str) -> str:
    """Return the credential to use: of the controller, else of the client, which uploads it."""
    place = Place(target.controller)
    if name in place.read(CREDENTIALS).get(cloud, {}).get("cloud-credentials", {}):
        return name
    local = CLIENT.read(CREDENTIALS)
    if not (found := find_credential(cloud, name, local)):
        return find_credential(cloud, name, place.read(CREDENTIALS))
    with place.edit(CREDENTIALS) as kept:
        held = kept.setdefault(cloud, {}).setdefault("cloud-credentials", {})
        held.setdefault(found, local[cloud]["cloud-credentials"][found])
    return found


def set_credential(parsed: Parsed) -> int:
    """Relate a credential to a model."""
    target = model_target(parsed)
    cloud, name = parsed.positional
    target.call("set-credential", cloud=cloud, name=_credential(target, cloud, name))
    print(f'Changed cloud credential on model "{target.model}" to "{name}".', file=sys.stderr)
    return 0


def models(parsed: Parsed) -> int:
    """List the models."""
    target = controller_target(parsed)
    current = client_store.read().models.get(target.controller, "")
    document = target.call("models", current=current)
    document["_uuid"] = parsed.is_set("uuid")
    return _show(document, parsed["format"], models_table)


def switch(parsed: Parsed) -> int:
    """Show or change the current controller and model."""
    store = client_store.read()
    if not parsed.positional:
        store.controller()
        print(_called(store))
        return 0
    before = _called(store)
    with client_store.edit() as changed:
        changed.select(*_wanted(store, parsed.positional[0]))
        after = _called(changed)
    print(before + (" (no change)" if before == after else f" -> {after}"), file=sys.stderr)
    return 0


def _called(store: client_store.ClientStore) -> str:
    controller, colon, model = store.selected().partition(":")
    return f"{controller}:admin/{model}" if colon else controller


def _wanted(store: client_store.ClientStore, word: str) -> Target:
    """Return what `switch WORD` means; a model must be there."""
    if word == "-" and not store.previous:
        raise UsageError("there is nothing to switch back to: switch has not been used yet")
    name = store.previous if word == "-" else word
    if name.rstrip(":") in store.controllers and ":" not in name[:-1]:
        return Target(name.rstrip(":"))
    controller, model = client_store.split_model(name)
    target = Target(store.controller(controller), model)
    try:
        target.call("show-model")
    except NotFoundError as error:
        if controller:
            raise
        raise NotFoundError(
            f'"{name}" is not the name of a model or controller', "type: kafkastack models"
        ) from error
    return target


def show_model(parsed: Parsed) -> int:
    """Show a model."""
    target = model_target(parsed, parsed.positional[0] if parsed.positional else "")
    return _show(target.call("show-model"), parsed["format"])


def _show(document: dict[str, Any], form: str, table: Table | None = None) -> int:
    if form == "json":
        print(to_json(document), end="")
    elif form == "yaml" or table is None:
        print(to_yaml(document), end="")
    else:
        out, err = table(document)
        print(out, end="")
        print(err, end="", file=sys.stderr)
    return 0
