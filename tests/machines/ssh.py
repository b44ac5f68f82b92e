"""The test-only cloud of machines that are reached over SSH, as those of OpenStack are."""

import asyncio
import subprocess
from collections.abc import Sequence
from pathlib import Path

from kafkastack.clouds.protocol import Instance, MachineSpec
from kafkastack.clouds.ssh import Login, SSHMachine
from kafkastack.clouds.ssh.keys import private_key, public_key
from tests.machines.container import ContainerCloud
from tests.machines.nspawn import Container

_LET_IN = """\
install -d -o debian -m 700 /home/debian/.ssh
printf '%s\\n' "$1" > /home/debian/.ssh/authorized_keys
chmod 644 /home/debian/.ssh/authorized_keys  # a controller's umask is strict
systemctl start ssh
"""


class SSHCloud(ContainerCloud):
    """Containers in which sshd runs; the way to them is through their network's namespace."""

    name = "ssh"

    def __init__(
        self, root: Path, runtime: Path, *, path: Sequence[Path] = (), visible: Sequence[Path] = ()
    ) -> None:
        super().__init__(root, runtime, path=path, visible=visible)
        self._attached: list[SSHMachine] = []

    async def attach(self, spec: MachineSpec, instance: Instance) -> SSHMachine:  # type: ignore[override]
        """Return the machine of a recorded instance, once it lets us in."""
        container = self._container(spec)

        async def reboot() -> None:
            await asyncio.to_thread(self.reboot, container)
            await asyncio.to_thread(self._let_in, container)

        if not container.leader:
            await reboot()
        await asyncio.to_thread(self._let_in, container)
        machine = SSHMachine(instance, self.login(instance), reboot)
        await machine.connect()
        self._attached.append(machine)
        return machine

    async def close(self) -> None:
        """Let go of the connections; machines go on."""
        for machine in self._attached:
            await machine.disconnect()

    async def shutdown(self) -> None:
        """End and remove every machine of this controller, and its network."""
        await self.close()
        await super().shutdown()

    def login(self, instance: Instance) -> Login:
        """Return how one logs in to a machine."""
        return Login(
            host=instance.address,
            user="debian",
            key=private_key(self._root / "ssh"),
            known_hosts=self._root / "ssh" / instance.instance_id,
            alias=instance.instance_id,
            through=self.outside(),
        )

    def _let_in(self, container: Container) -> None:
        line = public_key(private_key(self._root / "ssh"), "test")
        words = (*container.inside(), "sh", "-ec", _LET_IN, "sh", line)
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
