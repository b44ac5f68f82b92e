"""Wait for a checkpoint: until all its conditions hold at once, within a bound."""

import time
from collections.abc import Callable, Sequence

from confluent_kafka import KafkaException
from msgspec import Struct

from kafkastack.errors import KafkastackError, TimeoutExceededError
from kafkastack.tutorial.checks import VOCABULARY
from kafkastack.tutorial.document import Checkpoint
from kafkastack.tutorial.scene import Scene
from kafkastack.tutorial.screen import Waiting

LIMIT_SECONDS = 600.0
PAUSES = (0.1, 0.2, 0.4, 1.0)  # the last one for as long as nothing changes


REMEMBERED = 3  # reasons of before that a time-out tells


class Missing(Struct, frozen=True):
    """The first condition that does not hold, how many before it do, and why."""

    condition: str
    met: int
    why: str


def look(scene: Scene, checkpoint: Checkpoint) -> Missing | None:
    """Verify the conditions in order; None when all of them hold."""
    for met, condition in enumerate(checkpoint.conditions):
        try:
            why = VOCABULARY[condition.name](scene, condition.words)
        except (KafkastackError, KafkaException, OSError, LookupError) as error:
            why = str(error) or type(error).__name__
        if why:
            return Missing(str(condition), met, why)
    return None


def wait(
    scene: Scene,
    checkpoint: Checkpoint,
    waiting: Waiting,
    *,
    limit: float = LIMIT_SECONDS,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Return when the checkpoint is reached; TimeoutExceededError names what is missing."""
    deadline, said, pauses = clock() + limit, list[str](), iter(PAUSES)
    while missing := look(scene, checkpoint):
        waiting.tell(missing.met, missing.why.partition("\n")[0])
        if clock() >= deadline:
            raise TimeoutExceededError(_explain(missing, said, limit))
        if missing.why not in said[-1:]:
            said, pauses = [*said, missing.why], iter(PAUSES)
        pause(next(pauses, PAUSES[-1]))


def _explain(missing: Missing, said: Sequence[str], limit: float) -> str:
    """Tell what is missing now, and what was before: a retry may hide why it is needed."""
    others = dict.fromkeys(why for why in reversed(said) if why != missing.why)
    return "\n".join(
        [
            f'waited {limit:.0f} seconds for "{missing.condition}", and it is still missing: '
            f"{missing.why}",
            *(f"before that: {why}" for why in list(others)[:REMEMBERED]),
        ]
    )
