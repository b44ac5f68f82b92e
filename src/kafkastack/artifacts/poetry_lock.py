"""What a poetry.lock pins, as the requirements that pip and uv read."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import tomllib

from kafkastack.errors import KafkastackError
from kafkastack.model.yaml_file import read_yaml

_Table = Mapping[str, Any]


def requirements(lock: str, pyproject: str, groups: Iterable[str] = ()) -> str:
    """Return a line for each package that a project needs to run, with its hashes.

    These are what its own dependencies lead to, and those of the groups named; a lock does not say
    in every version which package is for which group.
    """
    try:
        packages, project = tomllib.loads(lock), tomllib.loads(pyproject)
    except tomllib.TOMLDecodeError as error:
        raise KafkastackError(
            f"poetry.lock or pyproject.toml cannot be read: {error}", "lock it again: poetry lock"
        ) from error
    known = {_normal(one["name"]): one for one in cast(list[_Table], packages.get("package", []))}
    markers: dict[str, set[str]] = {}  # package → when it is needed; "" is always
    todo = [(name, "") for name in _direct(project, groups)]
    while todo:
        name, marker = todo.pop()
        if name not in known or marker in markers.setdefault(name, set()):
            continue
        markers[name].add(marker)
        todo += [
            (_normal(other), _both(marker, _marker(wanted)))
            for other, wanted in known[name].get("dependencies", {}).items()
        ]
    return "".join(_line(known[name], markers[name]) for name in sorted(markers) if markers[name])


def groups(charmcraft: str) -> list[str]:
    """Return the groups that a charmcraft.yaml exports beside the main one."""
    parts = read_yaml(charmcraft, "charmcraft.yaml").get("parts").map().values()
    words = [word.text() for part in parts for word in part.get("poetry-export-extra-args").list()]
    text = " ".join(words).replace("=", " ").replace(",", " ")
    return [word for word in text.split() if not word.startswith("-") and word != "main"]


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _direct(project: _Table, groups: Iterable[str]) -> Iterable[str]:
    poetry = project.get("tool", {}).get("poetry", {})
    wanted = [*poetry.get("dependencies", {})]
    for group in groups:
        wanted += poetry.get("group", {}).get(group, {}).get("dependencies", {})
        wanted += [_name(text) for text in project.get("dependency-groups", {}).get(group, [])]
    wanted += [_name(text) for text in project.get("project", {}).get("dependencies", [])]
    return [_normal(name) for name in wanted if name != "python"]


def _name(requirement: str) -> str:
    for number, letter in enumerate(requirement):
        if not (letter.isalnum() or letter in "-_."):
            return requirement[:number]
    return requirement


def _marker(wanted: object) -> str:
    """Return when a dependency is needed; one that is optional is, when somebody asks for it."""
    if isinstance(wanted, list):  # several, each with its own marker
        found = {_marker(one) for one in cast(list[object], wanted)}
        return "" if "" in found else " or ".join(f"({text})" for text in sorted(found))
    return str(cast(_Table, wanted).get("markers", "")) if isinstance(wanted, dict) else ""


def _both(first: str, second: str) -> str:
    return f"({first}) and ({second})" if first and second else first or second


def _line(package: _Table, markers: set[str]) -> str:
    marker = "" if "" in markers else " or ".join(f"({text})" for text in sorted(markers))
    hashes = "".join(f" --hash={file['hash']}" for file in package.get("files", []))
    return f"{package['name']}=={package['version']}{f' ; {marker}' if marker else ''}{hashes}\n"
