"""refresh, attach-resource, resources, show-application, trust."""

import sys
from pathlib import Path
from typing import Any

from kafkastack.cli import catalogue
from kafkastack.cli.applications import read_options, resource_files, show_warnings
from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.tables import resources_table
from kafkastack.cli.session import Target, key_values, model_target, number
from kafkastack.errors import UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.model.base import parse_base

_DIGITS = 7  # of a revision, at most


def refresh(parsed: Parsed) -> int:
    """Give an application another charm: of a folder, or ours as it is now."""
    _refuse_together(parsed)
    target, name = model_target(parsed), parsed.positional[0]
    charm, now = parsed["switch"] or parsed["path"], ""
    if not charm:
        charm, now = _charm_of(target, name)
    found = catalogue.find(charm, parsed["channel"], revision_of(parsed), now)
    config, typed = read_options(parsed.lists["config"], name)
    done = target.call(
        "refresh",
        application=name,
        source=str(found.source),
        channel=found.channel.name,
        revision=found.channel.revision,
        artifacts=found.channel.resources,
        base=parse_base(parsed["base"]),
        config=config,
        typed_config=typed,
        resources=resource_files(key_values(parsed.lists["resource"])),
        storage=key_values(parsed.lists["storage"]),
        trust=parsed.is_set("trust"),
        force_units=parsed.is_set("force-units"),
        switch=bool(parsed["switch"]),
    )
    show_warnings(done)
    if not done["changed"]:
        print(f'charm "{done["charm"]}": already up-to-date', file=sys.stderr)
        return 0
    channel = f" in channel {done['channel']}" if done["channel"] else ""
    print(
        f'Added local charm "{done["charm"]}", revision {done["revision"]}{channel}, to the model',
        file=sys.stderr,
    )
    return 0


def _refuse_together(parsed: Parsed) -> None:
    for first, second in (("switch", "path"), ("switch", "revision"), ("path", "revision")):
        if parsed[first] and parsed[second]:
            raise UsageError(f"--{first} and --{second} are mutually exclusive")


def revision_of(parsed: Parsed) -> int | None:
    """Return the revision that --revision asks for, if it is given."""
    return number(parsed["revision"], "--revision") if parsed["revision"] else None


def _charm_of(target: Target, application: str) -> tuple[str, str]:
    """Return the name of our own charm that an application runs, and the channel it follows."""
    shown = target.call("show-application", applications=[application])[application]
    if shown["charm"] not in catalogue.names():
        raise UsageError(
            f'"{application}" was deployed from a folder',
            f"name the folder: kafkastack refresh {application} --path FOLDER",
        )
    return shown["charm"], shown["channel"]


def attach_resource(parsed: Parsed) -> int:
    """Give an application a file of one of its resources, or one that it had again."""
    application, word = parsed.positional
    is_reset = parsed.is_set("reset")
    if is_reset == ("=" in word):
        raise UsageError(
            "either RESOURCE=FILE or RESOURCE --reset is expected",
            f"type: kafkastack attach-resource {application} {word.partition('=')[0]} --reset",
        )
    files, revisions = split_revisions({} if is_reset else key_values([word]))
    model_target(parsed).call(
        "attach-resource",
        application=application,
        resources=resource_files(files),
        reset=[word] if is_reset else [],
        revisions=revisions,
    )
    return 0


def split_revisions(given: dict[str, str]) -> tuple[dict[str, str], dict[str, int]]:
    """Divide RESOURCE=FILE from RESOURCE=REVISION; a file of that name comes first."""
    numbers = {
        name: int(value)
        for name, value in given.items()
        if value.isdecimal() and len(value) <= _DIGITS and not Path(value).exists()
    }
    return {name: value for name, value in given.items() if name not in numbers}, numbers


def resources(parsed: Parsed) -> int:
    """List the resources of an application."""
    rows = model_target(parsed).call("resources", application=parsed.positional[0])
    if parsed["format"] == "tabular":
        out, err = resources_table(rows)
        print(out, end="")
        print(err, end="", file=sys.stderr)
        return 0
    return _show({"resources": rows} if rows else {}, parsed["format"])


def show_application(parsed: Parsed) -> int:
    """Show applications."""
    names = list(parsed.positional)
    document = model_target(parsed).call("show-application", applications=names)
    return _show(document, parsed["format"])


def _show(document: dict[str, Any], form: str) -> int:
    print(to_json(document) if form == "json" else to_yaml(document), end="")
    return 0


def trust(parsed: Parsed) -> int:
    """Let a charm see the credentials of its cloud, or no more."""
    remove = parsed.is_set("remove")
    model_target(parsed).call("trust", application=parsed.positional[0], remove=remove)
    return 0
