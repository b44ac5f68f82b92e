"""The modules of this charm, each by the last part of its name."""

from types import ModuleType

from tests.charms.modules import Modules

_charm = Modules("kafka")
CHARM, as_dispatched = _charm.charm, _charm.as_dispatched


def __getattr__(name: str) -> ModuleType:
    """Return a module of the charm by the last part of its name."""
    return _charm.find(name)
