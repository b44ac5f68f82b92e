"""Context of one hook, action or command: a snapshot to read, and buffered changes.

Reads come from a snapshot of the records taken when it began, with its own changes applied.
Changes are functions on a transaction: applied to the snapshot at once, and to the real records
by `flush`, in the same commit as the agent's own note that the hook has succeeded.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping

from msgspec import Struct

from kafkastack.clouds.protocol import Instance
from kafkastack.errors import KafkastackError, UsageError
from kafkastack.hooktools.scrub import Scrubber
from kafkastack.model.bounds import HOOK_CHARACTERS
from kafkastack.model.charm import CharmMeta
from kafkastack.model.logging_config import is_logged
from kafkastack.model.records import (
    Application,
    Endpoint,
    Hook,
    Model,
    Relation,
    Task,
    Unit,
    UnitState,
)
from kafkastack.model.settings import effective
from kafkastack.store.journal import Journal
from kafkastack.store.store import Store, Transaction

_ERRORS_CHARACTERS = 64 * 1024
_CALLS = 1000  # the newest, of one hook
Change = Callable[[Transaction], None]
FindCredential = Callable[[str, str], Mapping[str, str]]
"""(cloud, name) → auth-type and attributes; nothing of one that the controller does not hold."""


def _keep_running() -> None:
    """Leave the program to end by itself."""


def _no_credential(_cloud: str, _name: str) -> Mapping[str, str]:
    return {}


class ToolError(KafkastackError):
    """What a hook tool refuses: printed as `ERROR message`, exit code 1."""


class Environment(Struct, frozen=True):
    """What a context gets from its agent."""

    store: Store
    journal: Journal
    model: str
    unit: str
    meta: CharmMeta
    instance: Instance
    fetch_resource: Callable[[str], Awaitable[str]]  # name → path on the machine
    read_file: Callable[[str, int], Awaitable[bytes]]  # of the machine, of so many bytes at most
    write_file: Callable[[str, bytes], Awaitable[None]]  # of the machine
    now: Callable[[], float]
    provider: str = "lxd"  # of the model's cloud, in Juju's word
    find_credential: FindCredential = _no_credential


class HookContext:
    """One run of a charm's program."""

    def __init__(
        self,
        environment: Environment,
        *,
        hook: Hook | None = None,
        task: Task | None = None,
        relation: int = -1,
        remote_unit: str = "",
    ) -> None:
        self.environment = environment
        self.hook = hook
        self.task = task
        self.relation = hook.relation if hook else relation
        self.remote_unit = hook.remote_unit if hook else remote_unit
        self.reader = environment.store.snapshot()
        self.calls = deque[tuple[str, str, float, int]](maxlen=_CALLS)
        self.errors = ""  # what the charm has logged at ERROR: the traceback, for `status`
        self.reboot = ""  # "later" or "now"
        self.stop: Callable[[], None] = _keep_running  # ends the program, for a reboot now
        self.results: dict[str, str] = {}
        self.messages: list[tuple[float, str]] = []  # of an action, and how much they are
        self.characters = 0
        self.failure: str | None = None  # of an action
        self.expiries: dict[str, float] = {}  # of secrets, as this hook has set them
        self.removed: set[str] = set()  # secrets that go when it succeeds
        self.buffered = 0  # characters of settings in the changes
        self._changes: list[Change] = []
        self._removals: list[Change] = []
        self._scrubber = Scrubber(self.reader, environment.model)
        self.is_leader = self.application.leader == environment.unit
        self._logging_config = str(effective(self.model_record.config, "logging-config"))

    @property
    def model(self) -> str:
        """The model's uuid."""
        return self.environment.model

    @property
    def unit_name(self) -> str:
        """The unit this runs for."""
        return self.environment.unit

    @property
    def application(self) -> Application:
        """The unit's application."""
        name = self.environment.unit.rpartition("/")[0]
        return self.reader.get(Application, self.model, name)

    @property
    def unit(self) -> Unit:
        """The unit."""
        return self.reader.get(Unit, self.model, self.environment.unit)

    @property
    def model_record(self) -> Model:
        """The model."""
        return self.reader.get(Model, self.model, "model")

    def count(self, settings: Mapping[str, str]) -> None:
        """Count settings that this hook is about to write; refuse more than can be kept."""
        size = self.buffered + sum(len(key) + len(value) for key, value in settings.items())
        if size > HOOK_CHARACTERS:
            raise UsageError(
                f"what this hook writes has {size:,} characters altogether: "
                f"at most {HOOK_CHARACTERS:,}"
            )
        self.buffered = size

    def change(self, change: Change) -> None:
        """Make a change that becomes true if and when the hook succeeds."""
        change(self.reader)
        self._changes.append(change)

    def remove(self, change: Change) -> None:
        """Remove what goes if and when the hook succeeds; until then it is there, as in Juju."""
        self._removals.append(change)

    def change_now(self, change: Change) -> None:
        """Make a change that is true at once, whatever becomes of the hook."""
        with self.environment.store.transaction() as tx:
            change(tx)
        change(self.reader)

    def flush(self, tx: Transaction) -> None:
        """Apply the buffered changes, then the removals."""
        for change in (*self._changes, *self._removals):
            change(tx)

    def log(self, level: str, message: str) -> None:
        """Append to the model's log; every secret of the model is blanked."""
        text = self._scrubber.scrub(message)
        if level == "ERROR":
            self.errors = (self.errors + text + "\n")[-_ERRORS_CHARACTERS:]
        if self.hook and self.hook.relation >= 0:
            text = f"{self.hook.endpoint}:{self.hook.relation}: {text}"
        tag, module = self.unit_name.replace("/", "-"), f"unit.{self.unit_name}.juju-log"
        if self.logs(module, level):
            self.environment.journal.log(self.model, f"unit-{tag}", level, module, text)

    def logs(self, module: str, level: str) -> bool:
        """Report whether the model's logging-config keeps such a line."""
        return is_logged(self._logging_config, module, level)

    def scrub(self, text: str) -> str:
        """Blank every secret of the model in `text`."""
        return self._scrubber.scrub(text)

    def hide(self, values: Iterable[str]) -> None:
        """Blank these values from now on, too."""
        self._scrubber.hide(values)

    def endpoint(self, relation: Relation) -> Endpoint:
        """Return this application's side of a relation."""
        endpoint = relation.endpoint_of(self.application.name)
        if endpoint is None:
            raise ToolError("relation not found")
        return endpoint

    def relations(self, endpoint: str = "") -> list[Relation]:
        """Return the relations that this unit has entered, of one endpoint or all, by id.

        That is Juju's view: none before relation-created, none after relation-broken.
        """
        state = self.reader.find(UnitState, self.model, self.unit_name)
        entered = {str(self.relation), *(state.relations if state else ())}
        return [r for r in self.application_relations(endpoint) if r.key in entered]

    def application_relations(self, endpoint: str = "") -> list[Relation]:
        """Return the relations of the unit's application, of one endpoint or all, by id."""
        name = self.application.name
        found = [
            relation
            for relation in self.reader.all(Relation, self.model)
            if (own := relation.endpoint_of(name)) and endpoint in ("", own.name)
        ]
        return sorted(found, key=lambda relation: relation.id)

    def find_relation(self, reference: str) -> Relation:
        """Return the relation named by `-r` ("db:7" or "7"), else the hook's own."""
        if not reference and self.relation < 0:
            raise UsageError("no relation id specified")
        endpoint, _, number = (reference or str(self.relation)).rpartition(":")
        for relation in self.relations(endpoint):
            if str(relation.id) == number:
                return relation
        raise UsageError(
            f'invalid value "{reference or number}" for option -r: relation not found'
        )
