"""API of access to the machines: shells, and the keys of those who may enter."""

import os
import pwd
from contextlib import suppress
from typing import Any

from kafkastack.agent.shell import machine_shell
from kafkastack.clouds.protocol import Command
from kafkastack.controller.api.session import Session, listing
from kafkastack.errors import ConflictError, NotFoundError
from kafkastack.model.natural import naturally_sorted
from kafkastack.model.records import Machine, SshKey, Unit
from kafkastack.model.ssh_keys import is_key, is_named


async def shell(s: Session, target: str, command: str, terminal: str) -> dict[str, Any]:
    """Return the program of this host that opens a shell (or runs `command`) at `target`."""
    user, _, place = target.rpartition("@")
    if user not in _users():
        raise ConflictError(
            f'user "{user}" is not on the machine', f"leave the user out: kafkastack ssh {place}"
        )
    program = _enter(s, place, command, terminal)
    return {"argv": list(program.argv), "env": dict(program.env), "cwd": program.cwd}


def _users() -> set[str]:
    """Return who may be named: Juju's own, and whom the controller runs as."""
    names = {"", "ubuntu", "root"}
    with suppress(KeyError):
        names.add(pwd.getpwuid(os.geteuid()).pw_name)
    return names


def _enter(s: Session, place: str, command: str, terminal: str) -> Command:
    model = s.model().uuid
    unit = _unit_on(s, place) if place.isdigit() else s.unit(place).name
    if unit and (execution := s.service.execution(model, unit)):
        return execution.shell(command, terminal)
    number = s.unit(unit).machine if unit else place
    machine = s.service.machine(model, number)
    if machine is None:
        raise ConflictError(f"the machine of {place} is not there yet", "see: kafkastack status")
    return machine_shell(machine, command, terminal)


def _unit_on(s: Session, machine: str) -> str:
    """Return a unit whose programs are on PATH on a machine; "" if it has none."""
    model = s.model().uuid
    machines = [record.id for record in s.store.all(Machine, model)]
    if machine not in machines:
        raise NotFoundError(f"machine {machine} not found", listing("machines are", machines))
    units = [u for u in s.store.all(Unit, model) if u.machine == machine and not u.principal]
    return next(iter(naturally_sorted(unit.name for unit in units)), "")


async def add_keys(s: Session, keys: list[str]) -> list[tuple[str, str]]:
    """Add public keys; returns those that were refused, and why."""
    model = s.model().uuid
    refused: list[tuple[str, str]] = []
    for text in keys:
        if not is_key(text):
            refused.append((text, f"invalid ssh key: {text}"))
        elif s.store.find(SshKey, model, text):
            refused.append((text, f"duplicate ssh key: {text}"))
        else:
            with s.store.transaction() as tx:
                tx.put(model, SshKey(text))
    return refused


async def keys(s: Session) -> list[str]:
    """Return the public keys of the model."""
    return [key.text for key in s.store.all(SshKey, s.model().uuid)]


async def remove_keys(s: Session, names: list[str]) -> list[tuple[str, str]]:
    """Remove keys by fingerprint, comment or text; returns those that were not found."""
    model = s.model().uuid
    refused: list[tuple[str, str]] = []
    for name in names:
        found = [key for key in s.store.all(SshKey, model) if is_named(key.text, name)]
        if not found:
            refused.append((name, f"invalid ssh key: {name}"))
        with s.store.transaction() as tx:
            for key in found:
                tx.delete(model, key)
    return refused
