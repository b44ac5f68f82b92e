"""Clouds whose machines are names only."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kafkastack.clouds.protocol import Instance, Machine, MachinePaths, MachineSpec
from kafkastack.errors import CloudAwayError, NotFoundError

_LONG = 100_000.0


class FakeCloud:
    """Fails as often as `failures` says, with the errors it is given."""

    name = "fake"
    region = "default"
    provider = "fake"
    shares_files = True

    def __init__(self, failures: list[Exception] | None = None) -> None:
        self.failures = failures or []
        self.asked: list[str] = []

    async def create(self, spec: MachineSpec) -> Instance:
        self.asked.append(f"create {spec.machine_id}")
        if self.failures:
            raise self.failures.pop(0)
        return Instance(f"i-{spec.machine_id}", "10.0.0.1", "host")

    async def attach(self, spec: MachineSpec, instance: Instance) -> Machine:
        raise NotImplementedError(spec.machine_id)

    async def destroy(self, spec: MachineSpec, instance: Instance | None) -> None:
        self.asked.append(f"destroy {spec.machine_id}")

    async def close(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass


class FakeMachine:
    """Takes every file, and runs nothing."""

    paths = MachinePaths("/agents", "/storage", "/home", "/sockets")

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    async def place(self, source: Path, target: str) -> str:
        return target


class DistantCloud(FakeCloud):
    """Says which of its machines there are; `trouble` is what it does when it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.trouble: str = ""
        self.there: set[str] = set()

    async def _answer(self) -> None:
        """Answer, or do as a cloud does that is gone."""
        match self.trouble:
            case "refuses":
                raise CloudAwayError('cloud "fake" does not answer: refused', "is it up?")
            case "raises":
                raise ZeroDivisionError("a fault of the cloud")
            case "hangs":
                await asyncio.Event().wait()
            case "hangs on":
                await _for_ever()
            case _:
                pass

    async def create(self, spec: MachineSpec) -> Instance:
        await self._answer()
        instance = await super().create(spec)
        self.there.add(instance.instance_id)
        return instance

    async def attach(self, spec: MachineSpec, instance: Instance) -> Machine:
        await self._answer()
        if instance.instance_id not in self.there:
            raise NotFoundError(f"{instance.instance_id} is gone")
        machine: Any = FakeMachine(instance)
        return machine

    async def destroy(self, spec: MachineSpec, instance: Instance | None) -> None:
        await self._answer()
        await super().destroy(spec, instance)
        self.there.discard(f"i-{spec.machine_id}")

    async def lost(self, instances: Sequence[str]) -> Mapping[str, str]:
        await self._answer()
        return {name: "DELETED" for name in instances if name not in self.there}

    async def shutdown(self) -> None:
        await self._answer()
        self.there.clear()


async def _for_ever() -> None:
    """Hang, and let nobody cancel it: until long after the test."""
    while asyncio.get_running_loop().time() < _LONG:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(_LONG)
