"""Commands of `exec --machine`: run on the machine itself, in no unit's context."""

import asyncio

from msgspec.structs import replace

from kafkastack.agent.aborting import ended_when_cancelled, is_aborting
from kafkastack.agent.dispatcher import OUTPUT_BYTES, Outcome
from kafkastack.agent.programs import base_environment
from kafkastack.agent.results import command_finished, interrupted
from kafkastack.agent.site import Site
from kafkastack.clouds.protocol import Command, Machine, Process
from kafkastack.model.records import Task
from kafkastack.system.programs import last_of


async def run_machine_task(site: Site, machine: Machine, model: str, number: str) -> None:
    """Run the task and keep its result; one that an earlier controller began has failed."""
    task = site.store.get(Task, model, number)
    if task.status != "pending":
        _put(site, model, interrupted(task, site.now()))
        return
    task = replace(task, status="running", started=site.now())
    _put(site, model, task)
    words = ("/bin/bash", "-c", str(task.parameters["command"]))
    process = await machine.start(Command(words, base_environment(machine), machine.paths.home))
    async with ended_when_cancelled(site.store, model, number, process.kill):
        outcome = await _outcome(process, float(str(task.parameters.get("timeout", 0.0))))
    aborted = is_aborting(site.store, model, number)
    _put(site, model, command_finished(task, outcome, site.now(), aborted=aborted))


async def _outcome(process: Process, seconds: float) -> Outcome:
    assert process.stdout and process.stderr  # noqa: S101  # started with pipes
    reading = asyncio.gather(
        last_of(process.stdout, OUTPUT_BYTES),
        last_of(process.stderr, OUTPUT_BYTES),
        process.wait(),
    )
    try:
        async with asyncio.timeout(seconds or None):
            out, err, code = await asyncio.shield(reading)
    except TimeoutError:
        process.kill()
        out, err, code = await reading
    except asyncio.CancelledError:
        process.kill()
        raise
    stdout, stderr = (text.decode(errors="replace") for text in (out, err))
    return Outcome(code, stdout, stderr)


def _put(site: Site, model: str, task: Task) -> None:
    with site.store.transaction() as tx:
        tx.put(model, task)
