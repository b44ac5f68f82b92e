"""Harness of the machine tests: a machine to talk to, and what its programs answered."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kafkastack.clouds.protocol import Cloud, Command, Machine, MachineSpec

SPEC = MachineSpec("0a1b2c3d-0000-4000-8000-0123456789ab", "demo", "0")


@dataclass(frozen=True)
class Answer:
    """What a program said."""

    code: int
    out: str
    err: str


async def run(machine: Machine, *argv: str, cwd: str = "") -> Answer:
    """Run a program on the machine to its end."""
    env = {**machine.environment, "PATH": machine.path}
    process = await machine.start(Command(argv, env, cwd or machine.paths.home))
    assert process.stdout and process.stderr
    out, err = await asyncio.gather(process.stdout.read(), process.stderr.read())
    return Answer(await process.wait(), out.decode(), err.decode())


async def systemctl(machine: Machine, *words: str) -> Answer:
    """Call systemctl as a charm does: the cloud's own tool where there is one."""
    tool = machine.tools.get("systemctl")
    if tool is None:
        return await run(machine, "systemctl", *words)
    done = await tool(words, machine.paths.home, b"")
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


async def write(machine: Machine, folder: Path, name: str, text: str) -> str:
    """Put a text file into the machine's charm folder; return its path there."""
    (folder / name).write_text(text)
    target = f"{machine.paths.agents}/unit-x-0/charm/{name}"
    await machine.push(folder / name, target)
    return target


async def until(condition: Callable[[], Coroutine[Any, Any, bool]], seconds: float = 20) -> None:
    """Wait until `condition` holds."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)


def on_a_machine(
    make_cloud: Callable[[], Cloud],
    scenario: Callable[[Machine], Coroutine[Any, Any, None]],
) -> None:
    """Run `scenario` on a machine of its own, which is destroyed whatever happens."""

    async def body() -> None:
        cloud = make_cloud()
        try:
            instance = await cloud.create(SPEC)
            await asyncio.wait_for(scenario(await cloud.attach(SPEC, instance)), 120)
        finally:
            await cloud.destroy(SPEC, None)
            await cloud.shutdown()

    asyncio.run(body())
