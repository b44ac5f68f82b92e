"""A charm's modules, imported as its dispatch imports them, under names that clash with nobody.

Every charm has a `charm`, a `state`, a `statuses`; they share one interpreter in the tests only.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest


class Modules:
    """The modules of one charm's folder."""

    def __init__(self, charm: str) -> None:
        self.charm = Path(__file__).parents[2] / "charms" / charm
        self._sources = self.charm / "src"
        found = (path.relative_to(self._sources) for path in self._sources.rglob("*.py"))
        self._names = sorted(
            ".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in found
        )
        self._loaded: dict[str, ModuleType] = {}
        with self.as_dispatched():
            self._loaded = {name: importlib.import_module(name) for name in self._names}

    @contextmanager
    def as_dispatched(self) -> Iterator[None]:
        """Let `import state` mean this charm's, as long as the block lasts."""
        others = {name: sys.modules.pop(name) for name in self._names if name in sys.modules}
        sys.modules.update(self._loaded)
        sys.path.insert(0, str(self._sources))
        try:
            yield
        finally:
            sys.path.remove(str(self._sources))
            for name in self._names:
                sys.modules.pop(name, None)
            sys.modules.update(others)

    def find(self, name: str) -> ModuleType:
        """Return a module by the last part of its name."""
        found = (module for key, module in self._loaded.items() if key.split(".")[-1] == name)
        module = next(found, None)
        if module is None:
            raise AttributeError(name)
        return module


@contextmanager
def on_path(charm: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a test import the charm's modules by their own names, and forget them after it."""
    others = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_vendored(name)}
    before = set(sys.modules)
    for folder in ("lib", "src"):
        monkeypatch.syspath_prepend(str(charm / folder))
    yield
    for name in set(sys.modules) - before:
        origin = getattr(sys.modules[name], "__file__", None) or ""
        if origin.startswith(str(charm)) or _is_vendored(name):
            del sys.modules[name]
    sys.modules.update(others)


def _is_vendored(name: str) -> bool:
    return name.split(".")[0] == "charms"
