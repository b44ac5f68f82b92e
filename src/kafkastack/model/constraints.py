"""Constraints on machines, Juju's: read, printed and put over one another."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kafkastack.errors import UsageError

Constraints = dict[str, Any]
_SIZES = {"": 1, "M": 1, "G": 1024, "T": 1024**2, "P": 1024**3}
_ARCHITECTURES = ("amd64", "arm64", "armhf", "i386", "ppc64el", "riscv64", "s390x")
_CONTAINERS = ("lxd", "none")
_ALIASES = {"cpu-cores": "cores"}


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise ValueError("must be a non-negative integer")
    return int(text)


def _size(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)([MGTP]?)", text)
    if not found:
        raise ValueError("must be a non-negative float with optional M/G/T/P suffix")
    return -int(-float(found[1]) * _SIZES[found[2]] // 1)


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def _text(text: str) -> str:
    return text


def _bool(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("must be 'true' or 'false'")
    return text == "true"


def _one_of(words: Iterable[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f'"{text}" not recognized')
        return text

    return read


# In the order in which they are printed.
READERS: Mapping[str, Callable[[str], Any]] = {
    "arch": _one_of(_ARCHITECTURES),
    "container": _one_of(_CONTAINERS),
    "cores": _number,
    "cpu-power": _number,
    "instance-role": _text,
    "instance-type": _text,
    "mem": _size,
    "root-disk": _size,
    "root-disk-source": _text,
    "tags": _words,
    "spaces": _words,
    "virt-type": _text,
    "zones": _words,
    "allocate-public-ip": _bool,
    "image-id": _text,
}


def parse_constraints(words: Iterable[str]) -> Constraints:
    """Read `key=value` words, several in one of them, too; UsageError in Juju's words."""
    found: Constraints = {}
    for word in " ".join(words).split():
        key, equals, text = word.partition("=")
        key = _ALIASES.get(key, key)
        if not equals:
            raise UsageError(f'malformed constraint "{word}"', "such as: cores=2 mem=4G")
        if key not in READERS:
            raise UsageError(f'unknown constraint "{key}"', f"there are: {', '.join(READERS)}")
        if key in found:
            raise UsageError(f'bad "{key}" constraint: already set')
        found[key] = _read(key, text)
    return {key: value for key, value in found.items() if value not in ("", [])}


def _read(key: str, text: str) -> Any:
    try:
        return READERS[key](text) if text else ""
    except ValueError as error:
        raise UsageError(f'bad "{key}" constraint: {error}') from error


def to_text(constraints: Mapping[str, Any]) -> str:
    """Return constraints as they are typed, in Juju's order."""
    return " ".join(
        f"{key}={_shown(key, constraints[key])}" for key in READERS if key in constraints
    )


def as_map(text: str) -> dict[str, str]:
    """Return constraints as a model keeps them: key → text."""
    return {key: value for key, _, value in (word.partition("=") for word in text.split())}


def _shown(key: str, value: Any) -> str:
    if isinstance(value, list):
        return ",".join(value)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value}M" if READERS[key] is _size else str(value)


def put_over(defaults: Mapping[str, str], given: str) -> str:
    """Return the constraints of a new machine: what is given goes before the model's."""
    model = parse_constraints(f"{key}={text}" for key, text in defaults.items())
    return to_text({**model, **parse_constraints([given])})
