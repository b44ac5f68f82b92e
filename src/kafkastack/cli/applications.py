"""deploy, add-unit, remove-unit, remove-application, config."""

import sys
from pathlib import Path
from typing import Any

from kafkastack.cli import catalogue, client_store
from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.session import confirm, key_values, model_target, number, read_map
from kafkastack.errors import NotFoundError, UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.model.base import parse_base
from kafkastack.model.bounds import UNITS
from kafkastack.model.placement import without_container
from kafkastack.model.text import visible


def deploy(parsed: Parsed) -> int:
    """Deploy a charm or a bundle."""
    if catalogue.is_bundle(parsed.positional[0]):
        from kafkastack.cli.bundles import deploy_bundle

        return deploy_bundle(parsed)
    target = model_target(parsed)
    wanted = number(parsed["revision"], "--revision") if parsed["revision"] else None
    found = catalogue.find(parsed.positional[0], parsed["channel"], wanted)
    name = parsed.positional[1] if len(parsed.positional) > 1 else ""
    config, typed = read_options(parsed.lists["config"], name or found.name)
    deployed = target.call(
        "deploy",
        source=str(found.source),
        application=name,
        num_units=number(parsed["num-units"], "--num-units", least=1, most=UNITS),
        channel=found.channel.name,
        revision=found.channel.revision,
        base=parse_base(parsed["base"]),
        config=config,
        typed_config=typed,
        resources=resource_files(key_values(parsed.lists["resource"])),
        artifacts=found.channel.resources,
        constraints=" ".join(parsed.lists["constraints"]),
        storage=key_values(parsed.lists["storage"]),
        to=_placement(parsed),
        attach_storage=_identities(parsed),
        trust=parsed.is_set("trust"),
    )
    channel = f" in channel {deployed['channel']}" if deployed["channel"] else ""
    print(
        f'Deploying "{deployed["application"]}" from local charm "{deployed["charm"]}", '
        f"revision {deployed['revision']}{channel}",
        file=sys.stderr,
    )
    show_warnings(deployed)
    _warn_of_held_ports(target.controller, deployed["charm"], deployed["channel"])
    return 0


def show_warnings(answer: dict[str, Any]) -> None:
    """Print what the controller warns of."""
    for text in answer["warnings"]:
        print(f"WARNING {text}", file=sys.stderr)


def _warn_of_held_ports(controller: str, charm: str, channel: str) -> None:
    """Name who holds a port on every address: the server of the charm waits for it."""
    ports = catalogue.ports_of(charm, channel)
    if not ports or client_store.read().controllers[controller]["cloud"] != "local":
        return
    from kafkastack.clouds.local.listeners import wildcard_listeners

    for held in wildcard_listeners(ports):
        print(f"WARNING {held.message}\n{held.advice}", file=sys.stderr)


def read_options(words: list[str], application: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Split --config words into key=value pairs and the content of YAML files."""
    typed: dict[str, Any] = {}
    for word in words:
        if "=" not in word:
            typed |= _yaml_options(Path(word), application)
    return key_values([word for word in words if "=" in word]), typed


def _yaml_options(path: Path, application: str) -> dict[str, Any]:
    if str(path) != "-" and not path.exists():
        raise NotFoundError(
            f'configuration file "{path}" not found', "give KEY=VALUE, or the path of a YAML file"
        )
    document = read_map(path)
    return document.get(application, document)


def resource_files(resources: dict[str, str]) -> dict[str, str]:
    """Return the files of --resource words by their whole path; a missing one is named."""
    for name, path in resources.items():
        if Path(path).exists() and not Path(path).is_file():
            raise UsageError(
                f'file for resource "{name}" is not a regular file: {path}',
                f"give one: --resource {name}=FILE",
            )
        if not Path(path).is_file():
            raise NotFoundError(
                f'file for resource "{name}" not found: {path}',
                f"give a file that is there: --resource {name}=FILE",
            )
    return {name: str(Path(path).resolve()) for name, path in resources.items()}


def add_unit(parsed: Parsed) -> int:
    """Add units."""
    model_target(parsed).call(
        "add-unit",
        application=parsed.positional[0],
        num_units=number(parsed["num-units"], "--num-units", least=1, most=UNITS),
        to=_placement(parsed),
        attach_storage=_identities(parsed),
    )
    return 0


def _placement(parsed: Parsed) -> str:
    """Return --to, and say what of it nobody will use."""
    for word in parsed["to"].split(","):
        if told := without_container(word.strip())[1]:
            print(f"WARNING {visible(told)}", file=sys.stderr)
    wanted, count = parsed["to"].count(",") + 1, int(parsed["num-units"])
    if parsed["to"] and wanted > count:
        print(
            f"WARNING {count} unit(s) will be deployed, "
            "extra placement directives will be ignored",
            file=sys.stderr,
        )
    return parsed["to"]


def _identities(parsed: Parsed) -> list[str]:
    return [name for text in parsed.lists["attach-storage"] for name in text.split(",") if name]


def remove_unit(parsed: Parsed) -> int:
    """Remove units."""
    target, units = model_target(parsed), list(parsed.positional)
    if not confirm(parsed, f"This command will remove units: {', '.join(units)}."):
        return 1
    for going in target.call(
        "remove-unit",
        units=units,
        force=parsed.is_set("force"),
        destroy_storage=parsed.is_set("destroy-storage"),
    ):
        print(f"will remove unit {going['unit']}")
        _tell_of_storage(going)
    return 0


def _tell_of_storage(going: dict[str, Any]) -> None:
    for verb, key in (("remove", "destroyed"), ("detach", "detached")):
        for name in going[key]:
            print(f"- will {verb} storage {name}")


def remove_application(parsed: Parsed) -> int:
    """Remove applications."""
    target, names = model_target(parsed), list(parsed.positional)
    if not confirm(parsed, f"This command will remove applications: {', '.join(names)}."):
        return 1
    everything = target.call(
        "remove-application",
        applications=names,
        force=parsed.is_set("force"),
        destroy_storage=parsed.is_set("destroy-storage"),
    )
    for name in names:
        print(f"will remove application {name}")
        gone = [going for going in everything if going["unit"].rpartition("/")[0] == name]
        for going in gone:
            print(f"- will remove unit {going['unit']}")
        for going in gone:
            _tell_of_storage(going)
    return 0


def config(parsed: Parsed) -> int:
    """Show, set or reset options."""
    application, *words = parsed.positional
    pairs = [word for word in words if "=" in word]
    keys = [word for word in words if "=" not in word]
    reset = [key for text in parsed.lists["reset"] for key in text.split(",") if key]
    typed = _yaml_options(Path(parsed["file"]), application) if parsed["file"] else {}
    if (pairs or reset or typed) and keys:
        raise UsageError("cannot set and retrieve values simultaneously")
    document = model_target(parsed).call(
        "config",
        application=application,
        values=key_values(pairs),
        typed_values=typed,
        reset=reset,
    )
    if pairs or reset or typed:
        return 0
    if keys:
        print(_value(document, application, keys))
        return 0
    print(to_json(document) if parsed["format"] == "json" else to_yaml(document), end="")
    return 0


def _value(document: dict[str, Any], application: str, keys: list[str]) -> str:
    if len(keys) > 1:
        raise UsageError("can only retrieve a single value, or all values")
    for section in ("settings", "application-config"):
        if keys[0] in document.get(section, {}):
            value = document[section][keys[0]].get("value", "")
            return str(value).lower() if isinstance(value, bool) else str(value)
    raise NotFoundError(
        f'key "{keys[0]}" not found in "{application}" application config or charm settings.',
        f"list them: kafkastack config {application}",
    )
