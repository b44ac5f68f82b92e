"""API of running on units and machines: actions, commands, and another try of a failed hook."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from kafkastack.agent.resolver import COMMANDS_ACTION
from kafkastack.controller.api.kinds import Seconds, Zone
from kafkastack.controller.api.operations import Order, operate
from kafkastack.controller.api.session import Session, listing
from kafkastack.errors import ConflictError, KafkastackError, NotFoundError
from kafkastack.model.charm import ActionMeta
from kafkastack.model.natural import naturally_sorted
from kafkastack.model.parameters import get_action, has_pattern, validate_parameters
from kafkastack.model.records import Machine, Unit, UnitState
from kafkastack.system import bounded

_LIMITS = bounded.Limits(seconds=3)


async def run(
    s: Session,
    units: list[str],
    action: str,
    parameters: Mapping[str, Any],
    wait: Seconds,
    zone: Zone = (0, ""),
) -> dict[str, Any]:
    """Run an action on units and return their results; `wait` 0 does not wait."""
    orders, refused = list[Order](), list[str]()
    for name in units:
        try:
            unit = s.unit(name)
            meta = s.meta(s.application(unit.application))
            checked = await _checked(get_action(meta, action), parameters)
            orders.append(Order(unit.name, action, checked))
        except KafkastackError as error:
            refused.append(str(error))
    return await operate(s, orders, refused, wait, zone)


async def _checked(action: ActionMeta, parameters: Mapping[str, Any]) -> dict[str, object]:
    if not has_pattern(action):
        return validate_parameters(action, parameters)
    what = f'the schema of action "{action.name}"'
    return await bounded.call(validate_parameters, action, parameters, what=what, limits=_LIMITS)


async def execute(
    s: Session,
    units: list[str],
    applications: list[str],
    machines: list[str],
    commands: str,
    wait: Seconds,
    everything: bool = False,
    zone: Zone = (0, ""),
) -> dict[str, Any]:
    """Run shell commands: on units in a hook context, on machines as their user."""
    receivers, refused = list[str](), list[str]()
    for name in (*units, *(f"{each}/" for each in applications), *machines):
        try:
            receivers += _receivers(s, name)
        except KafkastackError as error:
            refused.append(str(error))
    if everything:
        receivers += [machine.id for machine in s.store.all(Machine, s.model().uuid)]
    parameters = {"command": commands, "timeout": wait}
    orders = [Order(r, COMMANDS_ACTION, parameters) for r in naturally_sorted(set(receivers))]
    if not orders and not refused:
        refused = ["no units or machines match\nname one: kafkastack exec --unit kafka/0 -- ls"]
    return await operate(s, orders, refused, wait, zone)


async def resolved(s: Session, units: list[str], retry: bool, everything: bool) -> list[str]:
    """Retry or skip the failed hook of units; returns the units it applies to."""
    model = s.model()
    failed = {st.unit for st in s.store.all(UnitState, model.uuid) if st.failed}
    names = sorted(failed) if everything else [s.unit(name).name for name in units]
    for name in names:
        if name not in failed:
            raise ConflictError(
                f'unit "{name}" is not in an error state',
                f"see what it has run: kafkastack hooks {name}",
            )
    with s.store.transaction() as tx:
        for name in names:
            unit = tx.get(Unit, model.uuid, name)
            tx.put(model.uuid, replace(unit, resolved="retry" if retry else "skip"))
    return names


def _receivers(s: Session, name: str) -> list[str]:
    """Return the units or the machine meant: "kafka/0", "kafka/leader", "kafka/" (all), "0"."""
    model = s.model().uuid
    if name.endswith("/"):
        application = s.application(name[:-1]).name
        return [u.name for u in s.store.all(Unit, model) if u.application == application]
    if "/" in name and not s.store.find(Machine, model, name):
        return [s.unit(name).name]
    if s.store.find(Machine, model, name) is None:
        known = [machine.id for machine in s.store.all(Machine, model)]
        raise NotFoundError(f"machine {name} not found", listing("machines are", known))
    return [name]
