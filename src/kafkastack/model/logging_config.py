"""Filter of a charm's log lines: `logging-config`, such as "<root>=INFO;unit=DEBUG"."""

import re
from collections.abc import Mapping
from functools import lru_cache

ROOT = "<root>"
LEVELS = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_ROOT_LEVEL = "WARNING"  # of a configuration that does not name <root>
_SHORT = {"WARN": "WARNING", "UNSPECIFIED": ""}


@lru_cache(maxsize=64)
def parse_logging_config(text: str) -> Mapping[str, str]:
    """Return module → level; ValueError tells which part is wrong. A bare level is the root's."""
    parts = [part for part in re.split(r"[;\s]+", text) if part]
    if len(parts) == 1 and "=" not in parts[0]:
        parts = [f"{ROOT}={parts[0]}"]
    return dict(map(_module, parts))


def _module(part: str) -> tuple[str, str]:
    name, equals, word = part.partition("=")
    level = _SHORT.get(word.upper(), word.upper())
    if not (name and equals):
        raise ValueError(f'expected "module=LEVEL", "{part}" is none')
    if level and level not in LEVELS:
        raise ValueError(f'unknown severity level "{word}"')
    return name, level


def is_logged(config: str, module: str, level: str) -> bool:
    """Report whether a line of `module` at `level` is kept; the longest name that fits decides."""
    levels = parse_logging_config(config)
    names = [module.rsplit(".", n)[0] for n in range(module.count(".") + 1)]
    least = next((levels[name] for name in (*names, ROOT) if levels.get(name)), _ROOT_LEVEL)
    return level not in LEVELS or LEVELS.index(level) >= LEVELS.index(least)
