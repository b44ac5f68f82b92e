"""Filter of the lines of `debug-log`: by entity, module, label and level."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct

from kafkastack.model.records import tag_of
from kafkastack.store.journal import LogLine

LEVELS = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class LogFilter(Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked for; an empty list asks for nothing in particular."""

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    include_modules: Sequence[str] = ()
    exclude_modules: Sequence[str] = ()
    include_labels: Sequence[str] = ()  # no line of ours has a label: with one asked for, none is
    level: str = "TRACE"

    def leaves(self, lines: Iterable[LogLine]) -> list[LogLine]:
        """Return the lines that fit."""
        return [line for line in lines if self._fits(line)]

    def _fits(self, line: LogLine) -> bool:
        is_wanted = (
            not self.include_labels
            and _rank(line.level) >= _rank(self.level)
            and (not self.include or _is_any(line.entity, self.include))
            and (not self.include_modules or _is_module(line.module, self.include_modules))
        )
        return is_wanted and not (
            _is_any(line.entity, self.exclude) or _is_module(line.module, self.exclude_modules)
        )


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else 0


def _is_any(entity: str, names: Sequence[str]) -> bool:
    return any(fnmatchcase(entity, pattern) for name in names for pattern in _patterns(name))


def _patterns(name: str) -> tuple[str, ...]:
    """Return what a name stands for: "kafka" all its units, "kafka/0", "0", or a tag as it is."""
    if name.startswith(("unit-", "machine-", "controller")) or name == "*":
        return (name,)
    if "/" in name or name[:1].isdigit():
        return (tag_of(name), name)
    return (f"unit-{name}-[0-9]*", f"unit-{name}-*" if "*" in name else name, name)


def _is_module(module: str, names: Sequence[str]) -> bool:
    """Report whether a module is one of these or lies below one of them."""
    return any(module == name or module.startswith(f"{name}.") for name in names)
