"""Turns of a rolling restart: one unit at a time, given by the leader.

Whoever has to restart asks for it in its own databag, by a name of what it would start with. The
leader writes whose turn it is into the databag of the application. Each of these has one writer,
so no two units take a turn at once. A unit keeps its turn until it serves and asks for nothing
more; one that fails keeps it, and the others stay on what worked.

Who leads the others (ZooKeeper's leader, Kafka's controller) goes last: each stop of one that
leads is an election. What makes one ask makes all ask, but not at the same moment: so such a unit
has its turn when the others have seen what it has seen, and do not ask.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Runner(NamedTuple):
    """A unit as far as its turn is concerned."""

    name: str
    is_started: bool = False  # it runs a server, or is to
    serves: bool = False  # its server has answered
    request: str = ""  # what it wants to be restarted with
    goes_last: bool = False  # it leads the others, which elect another one when it stops
    seen: str = ""  # a name of what is common to all units, as it was in its last hook
    failure: str = ""  # why its server does not work, while it is its turn

    @property
    def number(self) -> int:
        """The number of the unit."""
        return int(self.name.rsplit("/", 1)[1])

    @property
    def turn(self) -> str:
        """How the leader writes that it is the turn of this unit."""
        return f"{self.name} {self.request}"


def next_turn(turn: str, units: Iterable[Runner]) -> str:
    """Return whose turn it is, and for what; empty for nobody's.

    A unit that does not serve goes first, as its restart takes nothing away; as long as it asks
    for none, nobody else is restarted beside it.
    """
    running = [unit for unit in units if unit.is_started]
    holder = next((unit for unit in running if unit.name == turn.partition(" ")[0]), None)
    if holder and (holder.request or not holder.serves):
        return holder.turn
    down = [unit for unit in running if not unit.serves]
    asking = [unit for unit in down or running if unit.request]
    first = min(asking, key=lambda unit: (unit.goes_last, unit.number), default=None)
    if first is None or (first.serves and _may_yet_ask(first, running)):
        return ""
    return first.turn


def _may_yet_ask(last: Runner, units: Iterable[Runner]) -> bool:
    """Report whether somebody may want to go before a unit, and has yet to hear of the cause."""
    return last.goes_last and any(unit.seen not in (last.seen, "") for unit in units)


def may_restart(turn: str, unit: Runner, others: Iterable[Runner]) -> bool:
    """Report whether a unit may restart its server now; one alone need not be asked for."""
    return turn == unit.turn or not any(other.is_started for other in others)


def explain_wait(turn: str, others: Iterable[Runner]) -> str:
    """Return for whom a unit waits that may not restart now, and whether that one failed."""
    name = turn.partition(" ")[0]
    holder = next((unit for unit in others if unit.name == name), None)
    if holder is None:
        return "waiting for its turn to restart"
    if holder.failure:
        return f"waiting for {name}, which failed: {holder.failure}"
    return f"waiting for {name} to {'restart' if holder.request else 'serve again'}"
