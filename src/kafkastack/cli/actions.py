"""run, exec, ssh, resolved."""

import os
import sys
from pathlib import Path
from typing import Any

from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.tasks import failed_tasks, run_output
from kafkastack.cli.session import model_target, read_map, seconds
from kafkastack.errors import NotFoundError, TimeoutExceededError, UsageError
from kafkastack.gnuflag import Parsed


def run(parsed: Parsed) -> int:
    """Run an action on units."""
    words = list(parsed.positional)
    units = [word for word in words if "/" in word and "=" not in word]
    rest = words[len(units) :]
    if not units or words[: len(units)] != units or not rest:
        raise UsageError("expected: kafkastack run <unit> [<unit> ...] <action> [key=value ...]")
    parameters = _parameters(parsed, rest[1:])
    return _operate(parsed, "run", units=units, action=rest[0], parameters=parameters)


def _parameters(parsed: Parsed, words: list[str]) -> dict[str, Any]:
    from kafkastack.model.parameters import parse_parameters

    from_file = read_map(Path(parsed["params"])) if parsed["params"] else {}
    return from_file | parse_parameters(words, as_strings=parsed.is_set("string-args"))


def exec(parsed: Parsed) -> int:  # noqa: A001  # the verb's own name
    """Run commands in a hook context."""
    return _operate(
        parsed,
        "exec",
        units=parsed.lists["unit"],
        applications=[name for text in parsed.lists["application"] for name in text.split(",")],
        machines=parsed.lists["machine"],
        commands=" ".join(parsed.positional),
    )


def _operate(parsed: Parsed, verb: str, **params: Any) -> int:
    wait = 0.0 if parsed.is_set("background") else seconds(parsed["wait"])
    try:
        document = model_target(parsed).call(verb, progress=_announce, wait=wait, **params)
    except NotFoundError as error:
        print(f"Operation failed to schedule any tasks:\n{error}", file=sys.stderr)
        return error.exit_code
    except TimeoutExceededError as error:
        print(f"ERROR {error}", file=sys.stderr)
        return 1
    if parsed.is_set("background"):
        return 0
    form = parsed["format"]
    if form == "plain":
        print(run_output(document), end="")
    else:
        print(to_json(document) if form == "json" else to_yaml(document), end="")
    if failed := failed_tasks(document):
        print(f"ERROR {failed}", file=sys.stderr)
        return 1
    return 0


def _announce(message: dict[str, Any]) -> None:
    tasks: list[tuple[int, str]] = message["tasks"]
    plural = "" if len(tasks) == 1 else "s"
    lines = [f"Running operation {message['operation']} with {len(tasks)} task{plural}"]
    lines += [f"  - task {number} on unit-{unit.replace('/', '-')}" for number, unit in tasks]
    lines += ["", *(f"Waiting for task {number}..." for number, _ in tasks)]
    print("\n".join(lines), file=sys.stderr)


def ssh(parsed: Parsed) -> int:
    """Open a shell on a machine, or run a command there, and return its exit code."""
    target, *command = parsed.positional
    program = model_target(parsed).call(
        "ssh", target=target, command=" ".join(command), terminal=os.environ.get("TERM", "dumb")
    )
    os.chdir(program["cwd"])
    sys.stdout.flush()
    os.execvpe(program["argv"][0], program["argv"], program["env"])  # noqa: S606  # becomes it


def resolved(parsed: Parsed) -> int:
    """Retry or skip the failed hook of units."""
    if not parsed.positional and not parsed.is_set("all"):
        raise UsageError("no unit specified", "name one, or use --all")
    model_target(parsed).call(
        "resolved",
        units=list(parsed.positional),
        retry=not parsed.is_set("no-retry"),
        everything=parsed.is_set("all"),
    )
    return 0
