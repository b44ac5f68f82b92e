"""Results of a hook that has run: its changes committed, a failure, or another run."""

import traceback

from msgspec.structs import replace

from kafkastack.agent.deciding import state_of
from kafkastack.agent.dispatcher import Outcome
from kafkastack.agent.hook_records import last_words, traceback_of
from kafkastack.agent.outcome import (
    after_failure,
    after_hook,
    after_termination,
    retry_seconds,
)
from kafkastack.agent.power import begin_reboot
from kafkastack.agent.scopes import leave_relation
from kafkastack.agent.site import Place, Site
from kafkastack.errors import KafkastackError
from kafkastack.hooktools.context import HookContext
from kafkastack.hooktools.secret_rules import after_secret_hook
from kafkastack.model.derived_status import terminated_hook, workload_after
from kafkastack.model.records import FailedHook, Hook, Unit, UnitState
from kafkastack.store.journal import HookRecord, hook_statements
from kafkastack.store.store import Transaction


class HookResults:
    """Records how the hooks of one unit ended, each in one commit."""

    def __init__(self, site: Site, place: Place, model: str) -> None:
        self._site = site
        self._place = place
        self._model = model

    def conclude(
        self,
        hook: Hook,
        attempt: int,
        context: HookContext,
        outcome: Outcome,
        record: HookRecord,
    ) -> Outcome:
        """Commit or record the failure; a commit that is refused makes the hook a failed one."""
        told = record.traceback
        if outcome.returncode == 0:
            try:
                self._commit(context, hook, record)
            except Exception as error:
                told = refusal(error)
                outcome = Outcome(1, outcome.stdout, f"{outcome.stderr}{told}")
        if outcome.returncode:
            told = told or traceback_of(context, outcome)
            failed = replace(record, returncode=outcome.returncode, traceback=told)
            self._fail(hook, attempt, failed)
        return outcome

    def run_again(self, hook: Hook, outcome: Outcome, record: HookRecord) -> None:
        """Keep a hook that was terminated as the one that runs: it begins again, in a while.

        One that is lost when it is run again has failed: it may be what ends its interpreter.
        """
        state = state_of(self._site, self._place, self._model)
        if outcome.lost and state.terminations:
            self._fail_lost(hook, state, outcome, record)
        else:
            self._rerun(hook, state, outcome, record)

    def _fail_lost(
        self, hook: Hook, state: UnitState, outcome: Outcome, record: HookRecord
    ) -> None:
        """Record the failure of a hook whose interpreter was killed, as of one that was itself."""
        words = last_words(replace(outcome, lost=False))
        told = "\n".join(filter(None, (record.traceback, *words)))
        attempts = state.failed.attempts if state.failed else 0
        self._fail(hook, attempts + 1, replace(record, traceback=told))
        self._log("ERROR", f'hook "{hook.name}" has failed: {", ".join(words)}')

    def _rerun(self, hook: Hook, state: UnitState, outcome: Outcome, record: HookRecord) -> None:
        now, unit = self._site.now(), self._place.unit
        state = after_termination(state, now)
        with self._site.store.transaction() as tx:
            tx.put(self._model, state)
            if known := tx.find(Unit, self._model, unit):
                status = terminated_hook(hook, state.terminations, now)
                tx.put(self._model, replace(known, agent=status))
            tx.also(hook_statements(self._model, record))
        cause = "with the charm's interpreter" if outcome.lost else f"by {outcome.signal}"
        seconds = f"{state.rerun_at - now:.0f} s"
        self._log("WARNING", f'hook "{hook.name}" was ended {cause}: it is run again in {seconds}')

    def ask_for_reboot(self, record: HookRecord) -> None:
        """Ask for a restart now; the hook counts as running, and so is run again after it."""
        with self._site.store.transaction() as tx:
            begin_reboot(tx, self._model, self._place.unit)
            tx.also(hook_statements(self._model, record))

    def _commit(self, context: HookContext, hook: Hook, record: HookRecord) -> None:
        with self._site.store.transaction() as tx:
            context.flush(tx)
            tx.also(hook_statements(self._model, record))
            self._tell(tx, hook)
            if context.reboot:
                begin_reboot(tx, self._model, self._place.unit)

    def _tell(self, tx: Transaction, hook: Hook) -> None:
        """Note what the unit has been told by a hook that succeeded."""
        model, name, now = self._model, self._place.unit, self._site.now()
        state = tx.find(UnitState, model, name) or UnitState(name)
        unit = tx.find(Unit, model, name)
        tx.put(model, after_hook(state, hook, now))
        if unit and (workload := workload_after(unit.workload, hook, now)) != unit.workload:
            tx.put(model, replace(unit, workload=workload))
        if hook.kind == "relation-broken":
            leave_relation(tx, model, name, hook.relation)
        if hook.secret:
            after_secret_hook(tx, model, name, hook, now)

    def _fail(self, hook: Hook, attempt: int, record: HookRecord) -> None:
        retry_at = self._site.now() + retry_seconds(attempt)
        failed = FailedHook(hook, attempt, retry_at, record.traceback)
        state = state_of(self._site, self._place, self._model)
        with self._site.store.transaction() as tx:
            tx.put(self._model, after_failure(state, failed))
            tx.also(hook_statements(self._model, record))

    def _log(self, level: str, message: str) -> None:
        tag = "unit-" + self._place.unit.replace("/", "-")
        self._site.journal.log(self._model, tag, level, "kafkastack.agent", message)


def refusal(error: Exception) -> str:
    """Return why changes are not kept; what nobody has foreseen is in the controller's log."""
    if not isinstance(error, KafkastackError):
        traceback.print_exception(error)
    reason = error if isinstance(error, KafkastackError) else repr(error)
    return f"committing requested changes failed: {reason}"
