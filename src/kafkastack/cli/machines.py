"""machines, show-machine, add-machine, remove-machine."""

import sys
from typing import Any

from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.tables import machines_table
from kafkastack.cli.session import Target, confirm, model_target, number
from kafkastack.errors import ConflictError, UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.model.base import parse_base
from kafkastack.model.bounds import MACHINES
from kafkastack.model.placement import refuse_placement, without_container
from kafkastack.model.text import visible


def machines(parsed: Parsed) -> int:
    """List the machines."""
    return _show(parsed, model_target(parsed).call("machines", names=[]))


def show_machine(parsed: Parsed) -> int:
    """Show the named machines, or all."""
    return _show(parsed, model_target(parsed).call("machines", names=list(parsed.positional)))


def _show(parsed: Parsed, document: dict[str, Any]) -> int:
    if parsed["format"] != "tabular":
        print(to_json(document) if parsed["format"] == "json" else to_yaml(document), end="")
        return 0
    out, err = machines_table(document, color=sys.stdout.isatty())
    print(out, end="")
    print(err, end="", file=sys.stderr)
    return 0


def add_machine(parsed: Parsed) -> int:
    """Add machines without units."""
    if parsed.lists["disks"]:
        raise ConflictError(
            "--disks: machines here have no disks of their own",
            "give their units storage: kafkastack deploy CHARM --storage NAME=10G",
        )
    refuse_placement(parsed.positional)
    if parsed["private-key"] or parsed["public-key"]:
        raise UsageError("--private-key and --public-key are for machines added by ssh")
    for word in parsed.positional:
        if told := without_container(word)[1]:
            print(f"WARNING {visible(told)}", file=sys.stderr)
    made = model_target(parsed).call(
        "add-machine",
        placement=list(parsed.positional),
        count=number(parsed["n"], "-n", least=1, most=MACHINES),
        base=parse_base(parsed["base"]),
        constraints=" ".join(parsed.lists["constraints"]),
    )
    for name in made:
        print(f"created machine {name}", file=sys.stderr)
    return 0


def remove_machine(parsed: Parsed) -> int:
    """Remove machines; with --force with their units."""
    target = model_target(parsed)
    if parsed.is_set("dry-run"):
        return _tell(parsed, _remove(parsed, target, dry_run=True))
    if not confirm(parsed, f"This command will remove machines: {', '.join(parsed.positional)}."):
        return 1
    return _tell(parsed, _remove(parsed, target, dry_run=False))


def _remove(parsed: Parsed, target: Target, *, dry_run: bool) -> list[dict[str, Any]]:
    return target.call(
        "remove-machine",
        names=list(parsed.positional),
        force=parsed.is_set("force"),
        keep_instance=parsed.is_set("keep-instance"),
        dry_run=dry_run,
    )


def _tell(parsed: Parsed, answers: list[dict[str, Any]]) -> int:
    keeping = " (but keeping instance)" if parsed.is_set("keep-instance") else ""
    for answer in answers:
        if answer["error"]:
            failed = f"removing machine {answer['machine']} failed: {answer['error']}"
            print(f"ERROR {failed}", file=sys.stderr)
            continue
        print(f"will remove machine {answer['machine']}{keeping}")
        for unit in answer["units"]:
            print(f"- will remove unit {unit}")
    return 1 if any(answer["error"] for answer in answers) else 0
