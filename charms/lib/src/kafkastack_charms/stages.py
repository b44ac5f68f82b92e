"""Stages on the way from plain text to TLS between servers that run, and back.

Servers understand each other when they are in one stage or in two neighbouring ones. The leader
decides in which all of them are to be, and goes on by one step when everybody has said that it has
arrived: so a change of mind meets nobody who is still on the way to somewhere else.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum


class Stage(IntEnum):
    """What a server accepts from the others, and how it dials them."""

    PLAIN = 0
    ACCEPT_BOTH = 1  # still dials plain
    DIAL_TLS = 2  # accepts both
    TLS = 3

    @property
    def accepts(self) -> tuple[bool, ...]:
        """Whether TLS is what it accepts, for each of the ways that it does."""
        return tuple(sorted({self > Stage.PLAIN, self is Stage.TLS}))

    @property
    def dials_tls(self) -> bool:
        """Whether it dials the others by TLS."""
        return self >= Stage.DIAL_TLS


def last_stage(encrypt: bool) -> Stage:
    """Return where the way ends."""
    return Stage.TLS if encrypt else Stage.PLAIN


def next_stage(
    stage: Stage, said: Collection[Stage], encrypt: bool, is_complete: bool = True
) -> Stage:
    """Return the stage in which all servers are to be.

    `said` is in which each server that runs is. It is complete when no other is on the way in,
    which would begin in the stage that it saw before. One alone goes all the way at once.
    """
    target = last_stage(encrypt)
    if not said or (is_complete and len(said) == 1):
        return target
    if stage is target or not is_complete or set(said) != {stage}:
        return stage
    return Stage(stage + (1 if target > stage else -1))
