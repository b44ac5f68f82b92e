"""Placement of a unit: the words of `--to`, as far as there are such places here."""

import re
from collections.abc import Sequence

from kafkastack.errors import ConflictError, KafkastackError
from kafkastack.model.bounds import UNITS, check_number

_MACHINE = re.compile(r"0|[1-9][0-9]*")
CONTAINERS = ("lxd", "kvm", "lxc")
_CONTAINER = re.compile(
    r"(?P<there>[1-9][0-9]*|0)/[a-z]+/[0-9]+|(?:lxd|kvm|lxc)(?::(?P<host>.*))?"
)
_MANUAL = re.compile(r"(?:ssh|winrm):.*")


def split_placement(text: str, count: int) -> list[str]:
    """Return the machine of each of `count` units: "3", or "" for one of its own.

    More directives than units are ignored, as in Juju; fewer leave new machines for the rest.
    """
    check_number("the number of units", count, UNITS)
    given_words = text.split(",", UNITS + 1)[:UNITS] if text else []
    words = [without_container(word.strip())[0] for word in given_words]
    given = [_machine(word) if word else "" for word in words]
    return [*given, *[""] * count][:count]


def without_container(word: str) -> tuple[str, str]:
    """Return the machine that stands for a container on it, and what to tell; "" is a new one.

    No cloud here has containers in its machines, so the machine itself is shared.
    """
    match = _CONTAINER.fullmatch(word)
    if match is None:
        return word, ""
    machine = match["there"] or match["host"] or ""
    place = f"machine {machine} itself" if machine else "a new machine"
    return machine, f'placement "{word}": machines here have no containers; it goes to {place}'


def refuse_placement(words: Sequence[str]) -> None:
    """Refuse what `add-machine` is asked for that is no machine of this cloud."""
    for word in words:
        if _MANUAL.fullmatch(word):
            raise ConflictError(
                f'"{word}": a machine that is there already cannot be added to this cloud',
                "kafkastack add-machine makes one; another cloud is a plugin: "
                "docs/how-to/add-a-cloud.md",
            )
        machine, told = without_container(word)
        if machine and told:
            raise ConflictError(
                f'placement "{word}": machines here have no containers, and machine {machine} '
                "is there already: nothing is made",
                f"put units on it itself: --to {machine}; for one more machine: "
                "kafkastack add-machine",
            )
        if machine:
            _machine(machine)


def _machine(word: str) -> str:
    if _MACHINE.fullmatch(word):
        return word
    if _CONTAINER.fullmatch(word):
        raise ConflictError(
            f'placement "{word}": machines here have no containers in them',
            "give the number of a machine to share it, or none for a machine of its own",
        )
    kind, equals, _ = word.partition("=")
    if equals:
        raise ConflictError(
            f'placement "{word}": this cloud has no choice of {kind}',
            "give the number of a machine to share it, or none for a machine of its own",
        )
    raise KafkastackError(
        f'invalid --to parameter "{word}"', "give the number of a machine, as in --to 0"
    )
