"""Requirements that a charm's source wants installed, for one Python."""

import re
from collections.abc import Iterable
from typing import NoReturn

from msgspec import Struct
from packaging.utils import canonicalize_name

from kafkastack.artifacts.poetry_versions import allows
from kafkastack.artifacts.python_target import Target
from kafkastack.errors import KafkastackError

_MOST = 5000


class Pin(Struct, frozen=True):
    """A requirement without marker ("ops==3.9.0"), and the hashes of the files that it may be."""

    requirement: str
    hashes: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The line of a requirements file."""
        return self.requirement + "".join(f" --hash={value}" for value in self.hashes) + "\n"


class PythonRange(Struct, frozen=True):
    """Who asks for which Python."""

    who: str
    constraint: str


class Wanted(Struct, frozen=True):
    """The packages of a charm for one Python."""

    file: str = ""  # that names them, for a person
    pins: tuple[Pin, ...] = ()
    constraints: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()  # folders and files of the charm that are packages
    complete: bool = False  # a lock: nothing that it does not name is installed
    prereleases: bool = False
    pythons: tuple[PythonRange, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is wanted."""
        return not (self.pins or self.inside)

    @property
    def text(self) -> str:
        """The requirements file."""
        return "".join(pin.line for pin in self.pins)

    def misfits(self, target: Target) -> list[PythonRange]:
        """Return who asks for another Python than this."""
        return [one for one in self.pythons if not allows(one.constraint, target.version)]


def is_hash(text: str) -> bool:
    """Report whether it is a hash as a requirements file has it: "sha256:…"."""
    return re.fullmatch(r"[a-z0-9]+:[0-9a-f]+", text) is not None


def name_of(requirement: str) -> str:
    """Return the normalized name that a requirement begins with."""
    end = next((i for i, c in enumerate(requirement) if not (c.isalnum() or c in "-_.")), None)
    return canonicalize_name(requirement[:end])


def bounded(pins: Iterable[Pin], file: str) -> tuple[Pin, ...]:
    """Return the pins; refuse more than any charm has."""
    found = tuple(pins)
    if len(found) > _MOST:
        raise KafkastackError(f"{file} names {len(found)} packages: {_MOST} is the most")
    return found


def refuse_source(file: str, package: str, source: str) -> NoReturn:
    """Refuse a package that neither the index nor the charm's own folder has."""
    raise KafkastackError(
        f"{file}: {package} comes from {source[:200]}: packages of a charm come from the package "
        "index of this host or from its own folder",
        "require a released version, put a wheel of it into the charm's folder and name that, "
        "or pack it where it can be fetched (charmcraft pack) and deploy the .charm",
    )
