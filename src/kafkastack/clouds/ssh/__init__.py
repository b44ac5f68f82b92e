"""Machines that are reached over SSH: one long-lived connection each, everything on it."""

from kafkastack.clouds.ssh.login import Login
from kafkastack.clouds.ssh.machine import Reboot, SSHMachine
from kafkastack.clouds.ssh.refusals import MachineRefusesError, MachineUnreachableError

__all__ = ["Login", "MachineRefusesError", "MachineUnreachableError", "Reboot", "SSHMachine"]
