"""Versions that a constraint of poetry allows ("^1.2", "~1.2", "<2 || >=3"), and PEP 440's."""

import re
from collections.abc import Iterable

from packaging.specifiers import SpecifierSet
from packaging.version import Version

_TERM = re.compile(r"(?:(\^|~(?!=)|~=|===?|!=|<=?|>=?)\s*)?([^\s,<>=!~^|]+)")


def allows(constraint: str, version: str) -> bool:
    """Report whether a version satisfies a constraint; what cannot be read forbids nothing."""
    try:
        return any(s.contains(version, prereleases=True) for s in specifiers(constraint))
    except ValueError:  # of the packaging library, or of a number with thousands of digits
        return True


def specifiers(constraint: str) -> list[SpecifierSet]:
    """Return the alternatives of a constraint, as PEP 440 writes each."""
    return [SpecifierSet(_plain(one)) for one in re.split(r"\|\|?", constraint)]


def _plain(alternative: str) -> str:
    terms: list[str] = []
    for sign, version in _TERM.findall(alternative):
        terms += _term(sign, version)
    return ",".join(terms)


def _term(sign: str, version: str) -> Iterable[str]:
    if version == "*":
        return ()
    if sign == "^":
        return f">={version}", f"<{_next_breaking(version)}"
    if sign == "~":
        return f">={version}", f"<{_next_minor(version)}"
    return (f"{sign or '=='}{version}",)


def _next_breaking(version: str) -> str:
    """Return where the first part that is not zero, or the last that is given, has risen."""
    release = Version(version).release
    place = next((i for i, part in enumerate(release) if part), len(release) - 1)
    return _raised(release, place)


def _next_minor(version: str) -> str:
    release = Version(version).release
    return _raised(release, min(1, len(release) - 1))


def _raised(release: tuple[int, ...], place: int) -> str:
    return ".".join(map(str, (*release[:place], release[place] + 1)))
