"""add-model, models, switch, show-model, destroy-model."""

import sys
from collections.abc import Callable
from typing import Any

from kafkastack.cli import client_store
from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.tables import models_table
from kafkastack.cli.session import (
    Target,
    confirm,
    controller_target,
    key_values,
    model_target,
    seconds,
)
from kafkastack.errors import UsageError
from kafkastack.gnuflag import Parsed

Table = Callable[[dict[str, Any]], tuple[str, str]]
"""A document → what goes to stdout, and to stderr."""


def add_model(parsed: Parsed) -> int:
    """Add a model and, unless told otherwise, switch to it."""
    target = controller_target(parsed)
    name = parsed.positional[0]
    target.call("add-model", name=name, config=key_values(parsed.lists["config"]))
    if not parsed.is_set("no-switch"):
        with client_store.edit() as store:
            store.models[target.controller] = name
    cloud = client_store.read().controllers[target.controller]["cloud"]
    print(f"Added '{name}' model on {cloud}/localhost for user 'admin'", file=sys.stderr)
    return 0


def models(parsed: Parsed) -> int:
    """List the models."""
    target = controller_target(parsed)
    current = client_store.read().models.get(target.controller, "")
    document = target.call("models", current=current)
    return _show(document, parsed["format"], models_table)


def switch(parsed: Parsed) -> int:
    """Show or change the current controller and model."""
    store = client_store.read()
    if not parsed.positional:
        controller = store.controller()
        print(f"{controller}:admin/{store.models.get(controller, '')}")
        return 0
    before, word = _current(store), parsed.positional[0]
    if word in store.controllers:
        target = Target(word, store.models.get(word, ""))
    else:
        target = model_target(parsed, word)
        target.call("show-model")
    with client_store.edit() as changed:
        changed.current = target.controller
        if target.model:
            changed.models[target.controller] = target.model
    print(f"{before} -> {_current(client_store.read())}", file=sys.stderr)
    return 0


def _current(store: client_store.ClientStore) -> str:
    model = store.models.get(store.current, "")
    return f"{store.current}:admin/{model}" if model else store.current


def show_model(parsed: Parsed) -> int:
    """Show a model."""
    target = model_target(parsed, parsed.positional[0] if parsed.positional else "")
    return _show(target.call("show-model"), parsed["format"])


def destroy_model(parsed: Parsed) -> int:
    """End a model; tells what it waits for, and forces what is left in the end."""
    target = model_target(parsed, parsed.positional[0])
    timeout = seconds(parsed["timeout"])
    storage = [word for word in ("destroy", "release") if parsed.is_set(f"{word}-storage")]
    if len(storage) > 1:
        raise UsageError("--destroy-storage and --release-storage cannot both be specified")
    target.call("show-model")
    question = f'This command will destroy the "{target.model}" model and everything in it.'
    if not confirm(parsed, question):
        return 1
    print("Destroying model", file=sys.stderr)
    target.call(
        "destroy-model",
        progress=lambda text: print(text, file=sys.stderr),
        force=parsed.is_set("force"),
        timeout=timeout,
        storage="".join(storage),
    )
    with client_store.edit() as store:
        if store.models.get(target.controller) == target.model:
            del store.models[target.controller]
    print("Model destroyed.", file=sys.stderr)
    return 0


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
