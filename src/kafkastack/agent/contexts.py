"""Hook contexts: the context and the surroundings of one run of a unit's charm."""

import tempfile
from pathlib import Path

from msgspec.structs import replace

from kafkastack.agent.environment import Surroundings
from kafkastack.agent.programs import run
from kafkastack.agent.site import Place, Site
from kafkastack.hooktools.context import Environment, HookContext
from kafkastack.hooktools.juju_exec import RunCommands
from kafkastack.model.records import Charm, Hook, Model, Task, Unit, UnitState

# A pipe that nobody reads, and a terminal, would hold the hook.
_WRITE = """\
[ ! -e "$1" ] || [ -f "$1" ] || [ "$1" -ef /dev/null ] ||
    { echo "$1 is not a regular file" >&2; exit 1; }
cat > "$1"
"""


class Contexts:
    """Makes the contexts of one unit, each from the records as they are at that moment."""

    def __init__(self, site: Site, place: Place, model: str) -> None:
        self._site = site
        self._place = place
        self._model = model

    def state(self) -> UnitState:
        """Return what the unit has been told."""
        unit = self._place.unit
        return self._site.store.find(UnitState, self._model, unit) or UnitState(unit)

    def charm(self) -> Charm:
        """Return the charm whose files are on the machine."""
        return self._site.store.get(Charm, self._model, self.state().charm)

    def make(
        self,
        *,
        hook: Hook | None = None,
        task: Task | None = None,
        commands: RunCommands | None = None,
    ) -> HookContext:
        """Return the context of a hook, of a task, or of commands."""
        relation = commands.relation.rpartition(":")[2] if commands else ""
        return HookContext(
            self._environment(),
            hook=hook,
            task=task,
            relation=int(relation or -1),
            remote_unit=commands.remote_unit if commands else "",
        )

    def surroundings(self) -> Surroundings:
        """Return what is the same for every dispatch of the unit."""
        model = self._site.store.get(Model, self._model, "model")
        unit = self._site.store.get(Unit, self._model, self._place.unit)
        machine = self._place.machine
        return Surroundings(
            unit.name,
            model.uuid,
            model.name,
            unit.machine,
            self._place.charm,
            self._place.tools,
            self._place.socket,
            machine.path,
            dict(machine.environment),
            machine.instance.availability_zone,
            unit.principal,
            model.config,
        )

    def _environment(self) -> Environment:
        return Environment(
            self._site.store,
            self._site.journal,
            self._model,
            self._place.unit,
            self._site.shelf.meta(self.charm().digest),
            self._place.machine.instance,
            self._fetch_resource,
            self._read_file,
            self._write_file,
            self._site.now,
            self._site.provider,
            self._site.find_credential,
        )

    async def _fetch_resource(self, name: str) -> str:
        application = self._place.unit.rpartition("/")[0]
        tell = self._tell_progress
        path = await self._site.fetch_resource(self._model, application, name, tell)
        content = f"{path.parent.name}/{path.name}"  # where they are kept, a digest names each
        target = f"{Path(self._place.charm).parent}/resources/{name}/{content}"
        return await self._place.machine.place(path, target)

    def _tell_progress(self, text: str) -> None:
        """Say in the status of the agent what the hook that it runs waits for."""
        with self._site.store.transaction() as tx:
            unit = tx.get(Unit, self._model, self._place.unit)
            doing = unit.agent.message.partition(": ")[0]
            agent = replace(unit.agent, message=f"{doing}: {text}")
            tx.put(self._model, replace(unit, agent=agent))

    async def _write_file(self, name: str, content: bytes) -> None:
        with tempfile.TemporaryFile() as file:
            file.write(content)
            file.seek(0)
            await run(self._place.machine, "sh", "-c", _WRITE, "sh", name, stdin=file)

    async def _read_file(self, name: str, most: int) -> bytes:
        return await self._place.machine.read(name, most)
