"""Sources that a pyproject.toml gives for its dependencies other than an index."""

from collections.abc import Mapping
from typing import Any, cast

from packaging.utils import canonicalize_name

from kafkastack.artifacts.poetry_project import address

_TAKEN_FROM_THE_INDEX = "index"  # of this host, whichever the project names


def local_sources(project: Mapping[str, Any]) -> dict[str, str]:
    """Return what stands in for the requirement of a package: its path, or its address."""
    tables = project.get("tool", {}).get("uv", {}).get("sources", {})
    found: dict[str, str] = {}
    for name, value in tables.items():
        several = cast(list[dict[str, Any]], value if isinstance(value, list) else [value])
        for table in several:
            if _TAKEN_FROM_THE_INDEX not in table:
                found[canonicalize_name(name)] = address(table) or "workspace:its"
    return found
