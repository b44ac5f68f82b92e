"""Python packages of a charm's source: the ones charmcraft would have installed with it."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import tomllib
from msgspec import Struct
from msgspec.structs import replace

from kafkastack.artifacts import poetry_lock
from kafkastack.artifacts.charm_folder import PINS, CharmFolder
from kafkastack.artifacts.charm_parts import Parts, read_parts
from kafkastack.artifacts.library_packages import pydeps
from kafkastack.artifacts.poetry_project import Choice, direct
from kafkastack.artifacts.poetry_versions import specifiers
from kafkastack.artifacts.project_sources import local_sources
from kafkastack.artifacts.python_target import Target
from kafkastack.artifacts.requirements_file import RequirementsFile
from kafkastack.artifacts.wanted import PythonRange, Wanted
from kafkastack.errors import KafkastackError

EXPORT = "uv.lock"  # which uv itself makes a requirements file of

# Which file decides for a plugin, the first one that the charm has. Where charmcraft.yaml names
# no plugin, a lock is better than a list; the charm plugin knows lists alone, but real charms
# export them from a lock in their override-build.
_ORDER: Mapping[str, tuple[str, ...]] = {
    "": (PINS, "uv.lock", "poetry.lock", "requirements.txt", "pyproject.toml"),
    "charm": (PINS, "requirements.txt", "poetry.lock", "uv.lock"),
    "poetry": (PINS, "poetry.lock", "pyproject.toml"),
    "python": (PINS, "requirements.txt"),
    "uv": (PINS, "uv.lock", "pyproject.toml"),
}


class Reading(Struct, frozen=True):
    """What was read: what the charm wants, or which choice of its uv.lock is to be exported."""

    wanted: Wanted = Wanted()
    export: Choice | None = None


def read_wanted(root: Path, target: Target, exported: str) -> Reading:
    """Return what the charm in a folder wants; `exported` is what uv made of its uv.lock.

    Where that is needed and "", the answer says what to have exported.
    """
    return _Reader(CharmFolder(root), target, exported).reading


def _deciding(folder: CharmFolder, parts: Parts) -> str:
    """Return the file that decides; "" where the charm has none, or its own list of files."""
    if parts.plugin in ("charm", "python") and any(map(folder.has, parts.requirements)):
        return ""
    order = (name for name in _ORDER[parts.plugin] if folder.has(name))
    return next((name for name in order if name != PINS or _is_ours(folder)), "")


def _is_ours(folder: CharmFolder) -> bool:
    """Report whether packages.txt is what unpacking a charm has written."""
    return folder.text(PINS).startswith("# python")


class _Reader:
    def __init__(self, folder: CharmFolder, target: Target, exported: str) -> None:
        self._folder = folder
        self._target = target
        self._exported = exported
        self._parts = read_parts(folder.text("charmcraft.yaml"))

    @property
    def reading(self) -> Reading:
        """What is wanted, or what to export first."""
        if not self._exported and _deciding(self._folder, self._parts) == EXPORT:
            return Reading(export=self._parts.choice)
        return Reading(self.wanted)

    @property
    def wanted(self) -> Wanted:
        """What the deciding file says, with what the charm plugin adds."""
        name = _deciding(self._folder, self._parts)
        readers: Mapping[str, Callable[[], Wanted]] = {
            "": self._from_lists,
            PINS: self._from_pins,
            "requirements.txt": self._from_lists,
            "poetry.lock": self._from_poetry,
            "uv.lock": self._from_uv,
            "pyproject.toml": self._from_project,
        }
        found = readers[name]()
        return replace(
            found,
            pythons=tuple(dict.fromkeys((*found.pythons, *self._own_pythons()))),
            warnings=tuple(dict.fromkeys((*found.warnings, *self._parts.warnings))),
        )

    def _from_pins(self) -> Wanted:
        file = RequirementsFile(self._folder, self._target)
        file.read(PINS)
        return file.wanted

    def _from_lists(self) -> Wanted:
        """Return what the requirements files, the part and the libraries list."""
        file = RequirementsFile(self._folder, self._target)
        given = self._parts.requirements
        default = ("requirements.txt",) if self._folder.has("requirements.txt") else ()
        for name in given or default:
            file.read(name, "r", "charmcraft.yaml")
        for name in self._parts.constraints:
            file.read(name, "c", "charmcraft.yaml")
        self._add_packages(file)
        return file.wanted

    def _add_packages(self, file: RequirementsFile) -> None:
        file.take("\n".join(self._parts.packages), "charmcraft.yaml")
        has_libraries = self._parts.plugin == "charm" or (
            not self._parts.plugin and self._folder.has("charmcraft.yaml")
        )
        if has_libraries and not self._parts.is_strict:
            for name in self._folder.libraries():
                file.take("\n".join(pydeps(self._folder.text(name), name)), f"PYDEPS of {name}")

    def _from_poetry(self) -> Wanted:
        texts = (self._folder.text("poetry.lock"), self._folder.text("pyproject.toml"))
        found = poetry_lock.wanted(*texts, self._parts.choice, self._target)
        for name in found.inside:
            self._folder.existing(name, "poetry.lock")
        return found

    def _from_uv(self) -> Wanted:
        file = RequirementsFile(self._folder, self._target)
        file.take(self._exported, EXPORT)
        return replace(file.wanted, complete=True)

    def _from_project(self) -> Wanted:
        """Return what a pyproject.toml depends on where no lock says it exactly."""
        project = _toml(self._folder.text("pyproject.toml"))
        if "dependencies" in project.get("project", {}).get("dynamic", []):
            raise KafkastackError(
                "pyproject.toml leaves its dependencies to a build (dynamic)",
                "list them there, or lock them: uv lock",
            )
        found = direct(project, self._parts.choice, self._target)
        sources = local_sources(project)
        file = RequirementsFile(self._folder, self._target)
        lines: list[str] = [
            sources.get(one.name)
            or one.source
            or f"{one.name}{_extras(one.extras)}{_specifier(one.constraint)}"
            for one in found
        ]
        file.take("\n".join(lines), "pyproject.toml")
        return file.wanted

    def _own_pythons(self) -> Iterable[PythonRange]:
        text = self._folder.text("pyproject.toml")
        return tuple(poetry_lock.python_ranges(_toml(text))) if text else ()


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise KafkastackError(f"pyproject.toml cannot be read: {error}") from error


def _extras(extras: tuple[str, ...]) -> str:
    return f"[{','.join(extras)}]" if extras else ""


def _specifier(constraint: str) -> str:
    """Return a constraint as a requirement has it; of alternatives the last, which is newest."""
    try:
        return str(specifiers(constraint)[-1])
    except ValueError as error:  # of the packaging library, or thousands of digits
        raise KafkastackError(
            f'pyproject.toml: the version "{constraint[:200]}" cannot be read'
        ) from error
