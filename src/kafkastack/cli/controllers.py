"""controllers, show-controller, controller-config, whoami, register, unregister."""

import sys
from collections.abc import Sequence
from typing import Any

from kafkastack.cli import client_store, left
from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.tables import controller_config_table, controllers_table
from kafkastack.cli.session import Target, confirm, controller_target
from kafkastack.cli.settings import read_words, show
from kafkastack.errors import ConflictError, KafkastackError, NotFoundError
from kafkastack.gnuflag import Parsed
from kafkastack.model.settings import shown
from kafkastack.system.controller_file import read_settings
from kafkastack.system.places import controller_dir

_PATIENCE_SECONDS = 5.0  # with one of several; who asks one alone waits longer


def controllers(parsed: Parsed) -> int:
    """List the controllers; asks each, so that the numbers are true."""
    from kafkastack.controller.documents import ControllerFacts, controllers_document

    store = client_store.read()
    told = _ask_each(sorted(store.controllers))
    entries = [_facts(ControllerFacts, name, store, answer) for name, answer in told.items()]
    document = controllers_document(entries, store.current)
    for answer in told.values():
        if isinstance(answer, KafkastackError):
            print(f"WARNING {answer}", file=sys.stderr)
    for each in left.left_overs():
        names = ", ".join(each.names())
        said = f'Left on cloud "{each.cloud}" by controller "{each.controller}": {names}'
        print(f"{said}\nend it: kafkastack kill-controller {each.controller}", file=sys.stderr)
    return show(document, parsed["format"], controllers_table)


def _ask_each(names: Sequence[str]) -> dict[str, Any]:
    """Return what each tells of itself, or why it does not; one that is silent delays no other."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max(1, len(names))) as pool:
        return dict(zip(names, pool.map(_asked, names), strict=True))


def _asked(name: str) -> Any:
    try:
        return Target(name).call("show-controller", patience=_PATIENCE_SECONDS)
    except KafkastackError as error:
        return error


def _facts(kind: Any, name: str, store: client_store.ClientStore, told: Any) -> Any:
    if isinstance(told, KafkastackError):
        known = store.controllers[name]
        return kind(
            name=name,
            uuid=known.get("uuid", ""),
            cloud=known.get("cloud", ""),
            region=known.get("region", ""),
            version="",
            current_model=store.models.get(name, ""),
            trouble=told.message,
        )
    return kind(
        name=name,
        uuid=told["uuid"],
        cloud=told["cloud"],
        region=told["region"],
        version=told["version"],
        current_model=store.models.get(name, ""),
        models=len(told["models"]),
        machines=sum(model["machine-count"] for model in told["models"].values()),
    )


def show_controller(parsed: Parsed) -> int:
    """Show controllers: where they are, their models, who one is there."""
    from kafkastack.controller.documents import show_controller_document

    store = client_store.read()
    document: dict[str, Any] = {}
    for given in parsed.positional or ("",):
        name = store.controller(given)
        told = Target(name).call("show-controller")
        document[name] = show_controller_document(told, store.models.get(name, ""))
    print(to_json(document) if parsed["format"] == "json" else to_yaml(document), end="")
    return 0


def controller_config(parsed: Parsed) -> int:
    """Show or set the configuration of a controller."""
    words = read_words(parsed, parsed.positional, "controller")
    target = controller_target(parsed)
    document = target.call("controller-config", values=words.values, keys=words.keys)
    if words.writes:
        return 0
    if words.keys and parsed["format"] == "tabular":
        print(shown(document[words.keys[0]]))
        return 0
    return show(document, parsed["format"], controller_config_table)


def whoami(parsed: Parsed) -> int:
    """Tell the current controller and model, and who one is there."""
    store = client_store.read()
    if not store.current:
        print(
            "There is no current controller.\n"
            "Run kafkastack controllers to see available controllers.",
            file=sys.stderr,
        )
        return 0
    model = store.models.get(store.current, "")
    named = {"controller": store.current, "model": model, "user": "admin"}
    document = {key: value for key, value in named.items() if value}
    if parsed["format"] == "tabular":
        print(f"Controller:  {store.current}")
        print(f"Model:       {model or '<no-current-model>'}")
        print("User:        admin")
    else:
        print(to_json(document) if parsed["format"] == "json" else to_yaml(document), end="")
    return 0


def unregister(parsed: Parsed) -> int:
    """Forget a controller, and leave it as it is."""
    name = client_store.read().controller(parsed.positional[0])
    question = (
        f'This command will remove connection information for controller "{name}".\n'
        f"The controller goes on; come back to it by: kafkastack register {name}"
    )
    if not confirm(parsed, question):
        return 1
    client_store.forget(name)
    return 0


def register(parsed: Parsed) -> int:
    """Remember a controller of this host again."""
    name = parsed.positional[0]
    path = controller_dir(name) / "controller.json"
    if name in client_store.read().controllers:
        raise ConflictError(
            f'controller "{name}" already exists', f"type: kafkastack switch {name}"
        )
    if "/" in name or not path.exists():
        raise NotFoundError(
            f'controller "{name}" not found on this host', "type: kafkastack controllers"
        )
    settings = read_settings(path.parent)
    with client_store.edit() as store:
        store.controllers[name] = {key: settings[key] for key in ("cloud", "uuid")}
        store.select(name)
    region = Target(name).call("show-controller")["region"]
    with client_store.edit() as store:
        store.controllers[name]["region"] = region
    print(f'Welcome, admin. You are now logged into "{name}".', file=sys.stderr)
    return 0
