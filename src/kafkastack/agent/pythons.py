"""A Python of a machine: where it is, and which."""

from msgspec import Struct

from kafkastack.artifacts.charm_environment import Interpreter
from kafkastack.artifacts.python_target import Target

# As `platform` tells it, whose import takes longer than the interpreter's start.
FACTS = "import os, sys; print(sys.version.split()[0], os.uname().machine)"


class Python(Struct, frozen=True):
    """An interpreter of a machine: its path there, and what it is."""

    path: str
    target: Target

    @property
    def interpreter(self) -> Interpreter:
        """The same as this host may have it: one of its version, wherever the machine is."""
        return Interpreter(self.target, self.target.minor)


def python_of(path: str, facts: str) -> Python:
    """Return an interpreter from what FACTS has printed."""
    version, machine = facts.split()
    return Python(path, Target(version.rstrip("+"), machine))
