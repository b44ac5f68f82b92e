"""Shapes that the formats take and make: names for type checkers only, never imported to run."""

from collections.abc import Mapping
from typing import Any

Document = Mapping[str, Any]
Cell = tuple[str, str]  # text, style
Line = list[Cell]
Printed = tuple[str, str]  # stdout, stderr
