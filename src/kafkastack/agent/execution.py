"""Run of a hook, an action or commands, in the records: begin, run, commit or fail."""

import asyncio
import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from kafkastack.agent.aborting import ended_when_cancelled, is_aborting
from kafkastack.agent.contexts import Contexts
from kafkastack.agent.dispatcher import Dispatcher, Outcome
from kafkastack.agent.environment import (
    action_environment,
    commands_environment,
    hook_environment,
)
from kafkastack.agent.hook_records import last_words, record_of
from kafkastack.agent.hook_results import HookResults, refusal
from kafkastack.agent.interpreters import Interpreters
from kafkastack.agent.power import is_machine_stopped
from kafkastack.agent.resolver import COMMANDS_ACTION
from kafkastack.agent.results import TERMINATED, finished, interrupted, refused
from kafkastack.agent.site import Place, Site, socket_path
from kafkastack.clouds.protocol import Command, Completed
from kafkastack.hooktools.context import HookContext
from kafkastack.hooktools.juju_exec import RunCommands
from kafkastack.hooktools.server import ToolServer
from kafkastack.model.derived_status import (
    running_action,
    running_hook,
    workload_before,
)
from kafkastack.model.dispatch import dispatched_path, python_path
from kafkastack.model.records import Hook, Task, Unit, UnitState
from kafkastack.store.journal import HookRecord, forget_action_log_statement, hook_statements
from kafkastack.store.packed_charm import dispatch_text
from kafkastack.store.store import Transaction

# What `ssh` runs: the unit's programs on PATH and its settings in the environment.
_SHELL = """\
set -a; [ -r "$1/environment" ] && . "$1/environment"; set +a
PATH=$1/bin:$PATH; export PATH
shift
if [ $# -eq 0 ]; then exec /bin/bash -i; fi
exec /bin/bash -c "$*"
"""


class Execution:
    """Runs what one unit has to run, and records how it ended."""

    def __init__(self, site: Site, place: Place, model: str, interpreters: Interpreters) -> None:
        self._site = site
        self._place = place
        self._model = model
        self._interpreters = interpreters
        self._tag = "unit-" + place.unit.replace("/", "-")
        self._contexts = Contexts(site, place, model)
        self._results = HookResults(site, place, model)
        state = site.store.find(UnitState, model, place.unit)
        self._dispatcher = Dispatcher(place, interpreters, is_first=state is None)
        self._socket = Path(socket_path(site.sockets, f"{model[:8]}-{self._tag}.sock"))
        self._server = ToolServer(
            *(self._socket, place.unit, place.machine.tools),
            *(self._run_for_watcher, place.machine.user),
        )
        self.turn = asyncio.Lock()  # hooks, tasks and juju-exec of a watcher take turns

    async def open(self) -> None:
        """Serve the hook tools on the unit's socket."""
        await self._server.start()
        await self._place.machine.forward(self._socket, self._place.socket)
        self._fail_interrupted_tasks()

    async def close(self) -> None:
        """Stop serving; a hook that runs is left to the next agent, which ends it."""
        await self._server.close()

    async def remove_files(self) -> None:
        """Take the unit's files from the machine."""
        await self._dispatcher.end_leftover()
        await self._place.machine.remove(str(Path(self._place.charm).parent))

    async def forget_interpreter(self) -> None:
        """End the warm interpreter of the charm, because its files are about to change."""
        await self._interpreters.forget(self._place.charm)

    async def warm_up(self) -> None:
        """Start the interpreter of a charm that was just installed, beside what comes first."""
        files = self._site.shelf.files(self._contexts.charm().digest)
        if (files / "dispatch").exists() and python_path(dispatch_text(files)):
            environment = commands_environment(self._contexts.surroundings(), "")
            await self._interpreters.warm_up(self._place.charm, self._place.tools, environment)

    async def run_hook(self, hook: Hook, attempt: int) -> None:
        """Run a hook: commit its writes with what it has been told, or record its failure."""
        started = self._site.now()
        self._begin(hook, started)
        context = self._contexts.make(hook=hook)
        context.stop = self._dispatcher.kill
        outcome = await self._dispatch(
            context,
            f"hooks/{hook.name}",
            lambda key: hook_environment(self._contexts.surroundings(), key, hook),
        )
        record = self._record_of(context, outcome, started)
        if context.reboot == "now":
            self._results.ask_for_reboot(record)
        elif outcome.terminated:
            self._results.run_again(hook, outcome, record)
        else:
            outcome = self._results.conclude(hook, attempt, context, outcome, record)
        self._log_output(hook.name, context, outcome)

    async def run_task(self, number: int) -> None:
        """Run an action or commands; a failure is the task's result, never the unit's error."""
        task = self._site.store.get(Task, self._model, str(number))
        task = replace(task, status="running", started=self._site.now())
        self._begin_task(task)
        context = self._contexts.make(task=task)
        store, end = self._site.store, self._dispatcher.kill
        try:
            async with ended_when_cancelled(store, self._model, task.key, end):
                outcome = await self._run_task_s_program(task, context)
        except Exception as error:  # how far it came is not known: it is not run twice
            self._interrupt(task, str(error) or repr(error))
            return
        self._conclude_task(task, context, outcome)

    def _conclude_task(self, task: Task, context: HookContext, outcome: Outcome) -> None:
        """Commit the task's writes with its result; what is refused is a failure of the task."""
        aborted = is_aborting(self._site.store, self._model, task.key)
        is_good = outcome.returncode == 0 and context.failure is None and not aborted
        record = self._record_of(context, outcome, task.started)
        now, failure = self._site.now(), context.failure
        try:
            with self._site.store.transaction() as tx:
                if is_good:
                    context.flush(tx)
                ended = finished(task, context, outcome, failure, now, aborted=aborted)
                self._end(tx, ended)
                tx.also(hook_statements(self._model, record))
        except Exception as error:
            with self._site.store.transaction() as tx:
                self._end(tx, refused(task, context, outcome, refusal(error), now))

    async def _run_task_s_program(self, task: Task, context: HookContext) -> Outcome:
        if task.action == COMMANDS_ACTION:
            return await self._run_commands(context, str(task.parameters["command"]), task)
        return await self._dispatch(
            context,
            f"actions/{task.action}",
            lambda key: action_environment(self._contexts.surroundings(), key, task),
        )

    def shell(self, command: str, terminal: str) -> Command:
        """Return the program of this host that opens a shell on the machine."""
        around = self._contexts.surroundings()
        env = {**commands_environment(around, ""), "TERM": terminal}
        words = (command,) if command else ()
        argv = ("/bin/bash", "-c", _SHELL, "ssh", self._place.charm, *words)
        return self._place.machine.enter(Command(argv, env, self._place.machine.paths.home))

    async def _run_for_watcher(self, commands: RunCommands) -> Completed:
        """Run juju-exec's commands when the unit's turn comes."""
        async with self.turn:
            if is_machine_stopped(self._site.store, self._model, self._place.unit):
                return Completed(1, stderr=b"ERROR the machine is stopped\n")
            started = self._site.now()
            context = self._contexts.make(commands=commands)
            outcome = await self._run_commands(context, commands.commands)
            outcome = self._conclude_commands(context, outcome, started)
            self._log_output("juju-exec", context, outcome)
        return Completed(outcome.exit_status, outcome.stdout.encode(), outcome.stderr.encode())

    def _conclude_commands(
        self, context: HookContext, outcome: Outcome, started: float
    ) -> Outcome:
        """Commit what commands have asked for; what is refused makes them fail."""
        try:
            with self._site.store.transaction() as tx:
                if outcome.returncode == 0:
                    context.flush(tx)
                tx.also(hook_statements(self._model, self._record_of(context, outcome, started)))
        except Exception as error:
            outcome = Outcome(1, outcome.stdout, f"{outcome.stderr}ERROR {refusal(error)}\n")
        return outcome

    def _begin(self, hook: Hook, now: float) -> None:
        with self._site.store.transaction() as tx:
            unit = tx.get(Unit, self._model, self._place.unit)
            workload = workload_before(unit.workload, hook, now)
            tx.put(self._model, replace(unit, agent=running_hook(hook, now), workload=workload))
            tx.put(self._model, replace(self._contexts.state(), running=hook))

    def _fail_interrupted_tasks(self) -> None:
        for task in self._site.store.all(Task, self._model):
            if task.unit == self._place.unit and task.status in ("running", "aborting"):
                self._interrupt(task)

    def _interrupt(self, task: Task, reason: str = TERMINATED) -> None:
        log = self._site.journal.read_action_log(self._model, task.key)
        ended = interrupted(task, self._site.now(), reason)
        with self._site.store.transaction() as tx:
            self._end(tx, replace(ended, log=(*task.log, *log)))

    def _end(self, tx: Transaction, task: Task) -> None:
        """Put a task that has ended, with its log: that is its record's from now on."""
        tx.put(self._model, task)
        tx.also([forget_action_log_statement(self._model, task.key)])

    def _begin_task(self, task: Task) -> None:
        with self._site.store.transaction() as tx:
            tx.put(self._model, task)
            unit = tx.get(Unit, self._model, self._place.unit)
            status = running_action(task.action, self._site.now())
            tx.put(self._model, replace(unit, agent=status))

    async def _dispatch(
        self, context: HookContext, program: str, environment: Callable[[str], dict[str, str]]
    ) -> Outcome:
        """Run the charm's `dispatch`, else its program of that name, else nothing."""
        files = self._site.shelf.files(self._contexts.charm().digest)
        if (files / "dispatch").exists():
            text, program = dispatch_text(files), "dispatch"
        elif (files / program).exists():
            text = ""
        else:
            return Outcome(0)
        with self._registered(context) as key:
            return await self._dispatcher.dispatch(environment(key), text, program)

    async def _run_commands(
        self, context: HookContext, commands: str, task: Task | None = None
    ) -> Outcome:
        event = "" if task else dispatched_path(commands, self._place.charm)
        around = self._contexts.surroundings
        if event:
            said = {"JUJU_DISPATCH_PATH": event}
            return await self._dispatch(
                context, event, lambda key: commands_environment(around(), key) | said
            )
        seconds = task.parameters.get("timeout", 0.0) if task else 0.0
        with self._registered(context) as key:
            env = commands_environment(around(), key)
            return await self._dispatcher.run_commands(env, commands, float(str(seconds)))

    @contextmanager
    def _registered(self, context: HookContext) -> Generator[str]:
        key = secrets.token_hex(16)
        self._server.contexts[key] = context
        try:
            yield key
        finally:
            del self._server.contexts[key]

    def _log_output(self, name: str, context: HookContext, outcome: Outcome) -> None:
        module = f"unit.{self._place.unit}.{name}"
        lines = [
            (level, line)
            for level, text in (("INFO", outcome.stdout), ("WARNING", outcome.stderr))
            if context.logs(module, level)
            for line in context.scrub(text).splitlines()
        ]
        lines += [("ERROR", line) for line in last_words(outcome)]
        self._site.journal.log_lines(self._model, self._tag, module, lines)

    def _record_of(self, context: HookContext, outcome: Outcome, started: float) -> HookRecord:
        return record_of(context, outcome, started, self._site.now() - started)
