"""Step of building a cloud, and the order in which steps may be taken."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from kafkastack.microstack.cloud import Cloud

Act = Callable[[Cloud], None]


class Step(Struct, frozen=True):
    """One step: `run` may be repeated, whatever an earlier run of it left.

    A step that `lasts` is not taken again once it was: what it makes is on the disk. The others
    (daemons, interfaces) ask `is_done`, as they are gone when the cloud is stopped.
    """

    name: str
    title: str
    run: Act
    needs: Sequence[str] = ()
    lasts: bool = False
    is_done: Callable[[Cloud], bool] = lambda _: False
    log: str = "commands"


Plan = Mapping[str, Step]


def plan_of(steps: Sequence[Step]) -> Plan:
    """Return the steps in an order: each comes after what it needs; ValueError on a ring."""
    by_name = {step.name: step for step in steps}
    ordered = dict[str, Step]()
    left = dict(by_name)
    while left:
        free = [step for step in left.values() if not set(step.needs) - ordered.keys()]
        if not free:
            raise ValueError(f"these steps need each other: {', '.join(left)}")
        for step in free:
            ordered[step.name] = left.pop(step.name)
    return ordered


def ready(plan: Plan, done: frozenset[str], under_way: frozenset[str]) -> list[Step]:
    """Return the steps that can be taken now, in the plan's order."""
    taken = done | under_way
    return [step for step in plan.values() if step.name not in taken and done >= set(step.needs)]
