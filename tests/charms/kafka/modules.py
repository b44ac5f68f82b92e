"""The charm's modules, imported as its dispatch imports them, under names that clash with nobody.

Every charm has a `charm`, a `state`, a `statuses`; they share one interpreter in the tests only.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

CHARM = Path(__file__).parents[3] / "charms" / "kafka"
_SOURCES = CHARM / "src"
_PATHS = sorted(_SOURCES.rglob("*.py"))
_NAMES = tuple(
    ".".join(path.relative_to(_SOURCES).with_suffix("").parts).removesuffix(".__init__")
    for path in _PATHS
)
_loaded: dict[str, ModuleType] = {}


@contextmanager
def as_dispatched() -> Iterator[None]:
    """Let `import state` mean this charm's, as long as the block lasts."""
    others = {name: sys.modules.pop(name) for name in _NAMES if name in sys.modules}
    sys.modules.update(_loaded)
    sys.path.insert(0, str(_SOURCES))
    try:
        yield
    finally:
        sys.path.remove(str(_SOURCES))
        for name in _NAMES:
            sys.modules.pop(name, None)
        sys.modules.update(others)


with as_dispatched():
    _loaded.update({name: importlib.import_module(name) for name in _NAMES})


def __getattr__(name: str) -> ModuleType:
    """Return a module of the charm by the last part of its name."""
    found = next((module for key, module in _loaded.items() if key.split(".")[-1] == name), None)
    if found is None:
        raise AttributeError(name)
    return found
