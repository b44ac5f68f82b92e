"""Walk over a tree of nodes, however deep and wide: some steps of it at a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import cache

STEPS = 1000  # of one walk in one hook; a node takes two of them

Children = Callable[[str], list[str]]


def walk(
    top: str, at: str, visit: Callable[[str], None], read_children: Children, steps: int = STEPS
) -> str:
    """Visit the nodes in order, from where a walk before has stopped; "" begins at the top.

    Returns where the next walk goes on, "" at the end. That is a node, with a slash behind it
    once all that is below it was visited.
    """

    @cache
    def children(path: str) -> list[str]:
        return sorted(read_children(path))

    at = at or top
    for _ in range(steps):
        if not at.endswith("/"):
            visit(at)
        at = _next(top, at, children)
        if not at:
            break
    return at


def _next(top: str, at: str, children: Children) -> str:
    if not at.endswith("/"):
        below = children(at)
        return f"{at}/{below[0]}" if below else f"{at}/"
    done = at[:-1]
    if done == top:
        return ""
    parent, _, name = done.rpartition("/")
    beside = children(parent)
    place = bisect_right(beside, name)
    return f"{parent}/{beside[place]}" if place < len(beside) else f"{parent}/"
