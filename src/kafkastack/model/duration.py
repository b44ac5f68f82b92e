"""Durations in Go's form: "5m", "1m30s"."""

import re

_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,12})?)(ms|h|m|s)")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")


def interval_seconds(text: str) -> float:
    """Read a duration of Go ("5m", "1m30s", "10s") as seconds; 0 if it is none."""
    if not _DURATION.fullmatch(text):
        return 0.0
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
