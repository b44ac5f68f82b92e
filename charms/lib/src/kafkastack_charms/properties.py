"""Java properties: a file of them written and read."""

from __future__ import annotations

from collections.abc import Mapping


def write(values: Mapping[str, str]) -> str:
    """Return the text of a properties file."""
    return "".join(f"{key}={value}\n".replace("\\", "\\\\") for key, value in values.items())


def parse(text: str) -> dict[str, str]:
    """Read a properties file as we write it, or as a server rewrites it."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {key: value.replace("\\\\", "\\") for key, _, value in pairs}
