"""Pins of a poetry.lock for one Python: a requirement for each package that is needed there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

import tomllib
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from kafkastack.artifacts.poetry_project import Choice, Dependency, dependencies, direct
from kafkastack.artifacts.poetry_versions import allows
from kafkastack.artifacts.python_target import Target
from kafkastack.artifacts.wanted import (
    Pin,
    PythonRange,
    Wanted,
    bounded,
    is_hash,
    refuse_source,
)
from kafkastack.errors import KafkastackError

_Table = Mapping[str, Any]
_FILE = "poetry.lock"
_AGAIN = "lock it again: poetry lock"
# Older poetries leave them out of a lock, and so does its export.
_UNLOCKED = {"pip", "setuptools", "wheel", "distribute"}


def wanted(lock: str, pyproject: str, choice: Choice, target: Target) -> Wanted:
    """Return what the lock pins of a project's dependencies and of all that these lead to."""
    try:
        pinned, project = tomllib.loads(lock), tomllib.loads(pyproject)
        return _Walk(pinned, target).of(direct(project, choice, target), project)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = str(error) or "it is nested too deep"
        text = f"poetry.lock or pyproject.toml cannot be read: {reason}"
        raise KafkastackError(text, _AGAIN) from error
    except (AttributeError, TypeError, KeyError, ValueError) as error:
        text = "poetry.lock or pyproject.toml is not as poetry writes it"
        raise KafkastackError(text, _AGAIN) from error


class _Walk:
    """From the direct dependencies on, each package once for each extra that is asked of it."""

    def __init__(self, lock: _Table, target: Target) -> None:
        self._target = target
        self._known: dict[str, list[_Table]] = defaultdict(list)
        for package in lock.get("package", []):
            self._known[canonicalize_name(package["name"])].append(package)
        self._files: _Table = lock.get("metadata", {}).get("files", {})
        self._chosen: dict[str, _Table] = {}
        self._followed: dict[str, set[str]] = defaultdict(set)

    def of(self, first: Iterable[Dependency], project: _Table) -> Wanted:
        todo = list(first)
        for dependency in todo:
            self._refuse_unlocked(dependency.name)
        while todo:
            dependency = todo.pop()
            package = self._choose(dependency)
            if package is not None:
                todo += self._next(package, dependency)
        packages = [self._chosen[name] for name in sorted(self._chosen)]
        return Wanted(
            _FILE,
            bounded((self._pin(one) for one in packages if not _inside(one)), _FILE),
            inside=tuple(_inside(one) for one in packages if _inside(one)),
            complete=True,
            pythons=(*python_ranges(project), *self._pythons(packages)),
        )

    def _refuse_unlocked(self, name: str) -> None:
        if name not in self._known and name not in _UNLOCKED:
            raise KafkastackError(
                f"poetry.lock does not hold {name}, which pyproject.toml asks for", _AGAIN
            )

    def _choose(self, dependency: Dependency) -> _Table | None:
        """Return which of the locked versions it is, None for what is not locked."""
        name = dependency.name
        if name not in self._chosen and self._known[name]:
            self._chosen[name] = max(
                self._known[name], key=lambda one: self._rank(one, dependency)
            )
        return self._chosen.get(name)

    def _rank(self, package: _Table, dependency: Dependency) -> tuple[bool, bool, bool]:
        return (
            allows(dependency.constraint, package["version"]),
            self._is_for_this_python(package),
            any(self._target.applies(text) for text in _markers(package)),
        )

    def _next(self, package: _Table, dependency: Dependency) -> Iterator[Dependency]:
        followed = self._followed[dependency.name]
        asked = {canonicalize_name(extra) for extra in dependency.extras}
        for extra in sorted({"", *asked} - followed):
            followed.add(extra)
            yield from self._dependencies(package, extra)

    def _dependencies(self, package: _Table, extra: str) -> Iterator[Dependency]:
        offered: dict[str, str] = {
            canonicalize_name(name): " ".join(names)
            for name, names in package.get("extras", {}).items()
        }
        for one in dependencies(package.get("dependencies", {})):
            if one.optional and "extra" not in one.marker:  # named by the table of extras alone
                if one.name in _names(offered.get(extra, "")) and self._target.applies(one.marker):
                    yield one
            elif self._target.applies(one.marker, extra):
                yield one

    def _is_for_this_python(self, package: _Table) -> bool:
        return allows(package.get("python-versions", "*"), self._target.version)

    def _pythons(self, packages: Iterable[_Table]) -> Iterator[PythonRange]:
        for one in packages:
            if not self._is_for_this_python(one):
                yield PythonRange(f"{one['name']} {one['version']}", one["python-versions"])

    def _pin(self, package: _Table) -> Pin:
        name, source = package["name"], package.get("source", {})
        if source.get("type") not in (None, "legacy"):
            refuse_source(_FILE, name, f"{source.get('type')} {source.get('url')}")
        files = package.get("files") or self._files.get(name, [])
        return _checked(f"{name}=={package['version']}", [str(one["hash"]) for one in files])


def _checked(text: str, hashes: list[str]) -> Pin:
    """Return a pin that is one name, one version and nothing else that a line could hold."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise KafkastackError(f"poetry.lock: {text[:80]!r} is no version", _AGAIN) from error
    if requirement.url or requirement.marker or requirement.extras or not requirement.specifier:
        raise KafkastackError(f"poetry.lock: {text[:80]!r} is no version", _AGAIN)
    if not all(map(is_hash, hashes)):
        raise KafkastackError(f"poetry.lock: {requirement.name}: a hash is written sha256:…")
    return Pin(str(requirement), tuple(hashes))


def python_ranges(project: _Table) -> Iterator[PythonRange]:
    """Return which Python a pyproject.toml asks for."""
    poetry = project.get("tool", {}).get("poetry", {}).get("dependencies", {}).get("python")
    for constraint in (project.get("project", {}).get("requires-python"), poetry):
        if isinstance(constraint, str):
            yield PythonRange("the charm's pyproject.toml", constraint)


def _inside(package: _Table) -> str:
    """Return which folder or file of the charm a package is, "" for one of an index."""
    source = cast(dict[str, str], package.get("source", {}))
    return source["url"] if source.get("type") in ("directory", "file") else ""


def _markers(package: _Table) -> list[str]:
    """Return when a package of a newer lock is needed, by group or at all."""
    found = package.get("markers", "")
    return (
        list(map(str, cast(dict[str, str], found).values()))
        if isinstance(found, dict)
        else [str(found)]
    )


def _names(words: str) -> set[str]:
    return {canonicalize_name(word.partition("[")[0]) for word in words.split()}
