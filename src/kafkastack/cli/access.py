"""ssh, scp, and the keys of those who may enter."""

import os
import sys
from typing import Any

from kafkastack.cli import ssh_words
from kafkastack.cli.session import Target, model_target
from kafkastack.errors import ConflictError
from kafkastack.gnuflag import Parsed


def ssh(parsed: Parsed) -> int:
    """Open a shell on a machine, or run a command there, and return its exit code."""
    target, *words = parsed.positional
    asked = ssh_words.read(words)
    place = f"{asked.user}@{target.rpartition('@')[2]}" if asked.user else target
    program = enter(model_target(parsed), place, asked.command)
    os.chdir(program["cwd"])
    sys.stdout.flush()
    if asked.no_input:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.execvpe(program["argv"][0], program["argv"], program["env"])  # noqa: S606  # becomes it


def scp(parsed: Parsed) -> int:
    """Copy files from and to machines."""
    from kafkastack.cli.scp import copy

    target = model_target(parsed)
    asked = ssh_words.read_copy(parsed.positional)
    copy(asked, lambda place, command: enter(target, place, command))
    return 0


def enter(target: Target, place: str, command: str) -> dict[str, Any]:
    """Return the program of this host that runs `command` on a machine."""
    terminal = os.environ.get("TERM", "dumb")
    return target.call("ssh", target=place, command=command, terminal=terminal)


def add_ssh_key(parsed: Parsed) -> int:
    """Add public keys to the model."""
    refused = model_target(parsed).call("add-ssh-key", keys=list(parsed.positional))
    return _tell("cannot add key", refused)


def ssh_keys(parsed: Parsed) -> int:
    """List the public keys of the model."""
    from kafkastack.model.ssh_keys import comment, fingerprint

    target = model_target(parsed)
    texts: list[str] = target.call("ssh-keys")
    if not texts:
        print("No keys to display.", file=sys.stderr)
        return 0
    print(f"Keys used in model: admin/{target.model}")
    for text in texts:
        short = " ".join([fingerprint(text), *([f"({comment(text)})"] if comment(text) else [])])
        print(text if parsed.is_set("full") else short)
    return 0


def remove_ssh_key(parsed: Parsed) -> int:
    """Remove public keys from the model."""
    refused = model_target(parsed).call("remove-ssh-key", names=list(parsed.positional))
    return _tell("cannot remove key id", refused)


def import_ssh_key(parsed: Parsed) -> int:
    """Refuse: the model takes keys from nobody but its user."""
    source, _, user = parsed.positional[0].rpartition(":")
    page = {
        "gh": f"https://github.com/{user}.keys",
        "lp": f"https://launchpad.net/~{user}/+sshkeys",
    }
    raise ConflictError(
        "keys are not fetched from the network for you",
        f'look at {page.get(source, "them")}, then: kafkastack add-ssh-key "KEY"',
    )


def _tell(what: str, refused: list[tuple[str, str]]) -> int:
    for name, reason in refused:
        print(f'{what} "{name}": {reason}', file=sys.stderr)
    return 0
