"""The charm's modules, imported as its dispatch imports them, under names that clash with nobody.

Every charm has a `charm`, a `state`, a `statuses`; they share one interpreter in the tests only.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

CHARM = Path(__file__).parents[3] / "charms" / "zookeeper"
_SOURCES = CHARM / "src"
_NAMES = tuple(path.stem for path in sorted(_SOURCES.glob("*.py")))
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

charm = _loaded["charm"]
chroots = _loaded["chroots"]
clients = _loaded["clients"]
ensemble = _loaded["ensemble"]
leader = _loaded["leader"]
options = _loaded["options"]
probe = _loaded["probe"]
quorum = _loaded["quorum"]
reconcile = _loaded["reconcile"]
render = _loaded["render"]
rights = _loaded["rights"]
server = _loaded["server"]
state = _loaded["state"]
statuses = _loaded["statuses"]
tree = _loaded["tree"]
users = _loaded["users"]
