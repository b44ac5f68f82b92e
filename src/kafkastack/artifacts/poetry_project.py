"""Dependencies of a pyproject.toml: the tables of poetry, and the standard ones beside them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from msgspec import Struct
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from kafkastack.artifacts.poetry_versions import allows
from kafkastack.artifacts.python_target import Target
from kafkastack.errors import KafkastackError

_Table = Mapping[str, Any]


class Choice(Struct, frozen=True):
    """Which groups of a project are exported, and which of its extras."""

    groups: tuple[str, ...] = ("main",)
    extras: tuple[str, ...] = ()
    all_groups: bool = False
    all_extras: bool = False


class Dependency(Struct, frozen=True):
    """A package by its normalized name, and when which version of it is needed."""

    name: str
    constraint: str = "*"
    extras: tuple[str, ...] = ()
    marker: str = ""
    optional: bool = False
    python: str = "*"
    platform: str = "linux"
    source: str = ""  # "git …", "path …": where it comes from if not from an index


def direct(project: _Table, choice: Choice, target: Target) -> list[Dependency]:
    """Return what the chosen groups and extras of a project name, as far as it applies here."""
    found: list[Dependency] = []
    groups = choice.groups if not choice.all_groups else ("main", *group_names(project))
    for group in groups:
        found += _main(project, choice) if group == "main" else _group(project, group)
    return [
        one
        for one in found
        if target.applies(one.marker)
        and allows(one.python, target.version)
        and one.platform == "linux"
    ]


def group_names(project: _Table) -> list[str]:
    """Return the groups of a project beside the main one."""
    poetry = _poetry(project)
    old = ["dev"] if "dev-dependencies" in poetry else []
    return [
        *dict.fromkeys([*poetry.get("group", {}), *project.get("dependency-groups", {}), *old])
    ]


def dependencies(table: _Table) -> Iterator[Dependency]:
    """Return what a table of poetry says: a package may be there more than once."""
    for name, value in table.items():
        several = cast(list[object], value) if isinstance(value, list) else [value]
        for one in several:
            yield _dependency(name, one)


def requirements(texts: Iterable[object], file: str) -> Iterator[Dependency]:
    """Return what a list of standard requirements says."""
    for text in texts:
        try:
            one = Requirement(str(text))
        except InvalidRequirement as error:
            raise KafkastackError(f'{file}: "{str(text)[:200]}" is no requirement') from error
        marker = str(one.marker) if one.marker else ""
        constraint = str(one.specifier) or "*"
        extras = tuple(sorted(one.extras))
        name = canonicalize_name(one.name)
        yield Dependency(name, constraint, extras, marker, source=one.url or "")


def group_requirements(
    project: _Table, group: str, seen: frozenset[str] = frozenset()
) -> list[str]:
    """Return a group of the standard table, with the groups that it includes."""
    if group in seen:
        raise KafkastackError(f'pyproject.toml: the group "{group}" includes itself')
    found: list[str] = []
    for item in project.get("dependency-groups", {}).get(group, []):
        if isinstance(item, str):
            found.append(item)
        else:
            found += group_requirements(project, item["include-group"], seen | {group})
    return found


def _main(project: _Table, choice: Choice) -> list[Dependency]:
    standard, poetry = project.get("project", {}), _poetry(project)
    offered: dict[str, list[str]] = {**standard.get("optional-dependencies", {})}
    offered |= poetry.get("extras", {})
    asked = [*offered] if choice.all_extras else [*choice.extras]
    for extra in asked:
        if extra not in offered:
            raise KafkastackError(
                f'pyproject.toml has no extra "{extra}", which charmcraft.yaml asks for'
            )
    named = {
        canonicalize_name(name) for e in asked for name in poetry.get("extras", {}).get(e, [])
    }
    listed = standard.get("dependencies", [])
    for extra in asked:
        listed = [*listed, *standard.get("optional-dependencies", {}).get(extra, [])]
    own = [
        one
        for one in dependencies(poetry.get("dependencies", {}))
        if one.name != "python" and (not one.optional or one.name in named)
    ]
    return [*own, *requirements(listed, "pyproject.toml")]


def _group(project: _Table, group: str) -> list[Dependency]:
    poetry = _poetry(project)
    if group not in group_names(project):
        raise KafkastackError(
            f'pyproject.toml has no group "{group}", which charmcraft.yaml asks for'
        )
    table = {**poetry.get("group", {}).get(group, {}).get("dependencies", {})}
    if group == "dev":
        table |= poetry.get("dev-dependencies", {})
    return [
        *dependencies(table),
        *requirements(group_requirements(project, group), "pyproject.toml"),
    ]


def _poetry(project: _Table) -> dict[str, Any]:
    return project.get("tool", {}).get("poetry", {})


def _dependency(name: str, value: object) -> Dependency:
    name = canonicalize_name(name)
    if not isinstance(value, dict):
        return Dependency(name, str(value))
    table = cast(dict[str, Any], value)
    return Dependency(
        name,
        str(table.get("version", "*")),
        tuple(map(str, table.get("extras", ()))),
        str(table.get("markers", "")),
        bool(table.get("optional", False)),
        str(table.get("python", "*")),
        str(table.get("platform", "linux")),
        address(table),
    )


def address(table: Mapping[str, Any]) -> str:
    """Return where a package comes from as a requirements file says it, "" for an index."""
    if "git" in table:
        return f"git+{table['git']}"
    path = table.get("path", table.get("file"))
    if path is not None:
        return str(path) if str(path).startswith((".", "/")) else f"./{path}"
    return str(table.get("url", ""))
