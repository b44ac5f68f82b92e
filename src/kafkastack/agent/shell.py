"""Shell on a machine that no unit is on."""

from kafkastack.agent.programs import base_environment
from kafkastack.clouds.protocol import Command, Machine


def machine_shell(machine: Machine, command: str, terminal: str) -> Command:
    """Return the program of this host that opens a shell on the machine, or runs `command`."""
    words = ("-c", command) if command else ("-i",)
    env = {**base_environment(machine), "TERM": terminal}
    return machine.enter(Command(("/bin/bash", *words), env, machine.paths.home))
