"""Runner of the steps of a plan: side by side where they do not need each other."""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Literal

from msgspec import Struct

from kafkastack.errors import KafkastackError
from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.step import Plan, Step, ready
from kafkastack.system.folders import make_folder

_SIDE_BY_SIDE = 3  # each keeps a core busy most of its time
_TAIL = 5


class StepEvent(Struct, frozen=True):
    """What is told of a step: it begins, is done, was done before, or has failed."""

    step: Step
    what: Literal["begins", "done", "was done", "failed"]
    done: int
    total: int


Tell = Callable[[StepEvent], None]


def carry_out(plan: Plan, cloud: Cloud, tell: Tell) -> None:
    """Take every step that is not done; what began is finished when one fails, then it is said."""
    done, failure = frozenset[str](), None
    futures = dict[Future[bool], Step]()
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        while len(done) < len(plan):
            under_way = frozenset(step.name for step in futures.values())
            for step in ready(plan, done, under_way)[: _SIDE_BY_SIDE - len(futures)]:
                if failure is None:
                    tell(StepEvent(step, "begins", len(done), len(plan)))
                    futures[pool.submit(_take, step, cloud)] = step
            if not futures:
                break
            for future in wait(futures, return_when=FIRST_COMPLETED).done:
                step = futures.pop(future)
                if error := future.exception():
                    failure = failure or (step, error)
                    tell(StepEvent(step, "failed", len(done), len(plan)))
                    continue
                done |= {step.name}
                what = "done" if future.result() else "was done"
                tell(StepEvent(step, what, len(done), len(plan)))
    if failure:
        raise _with_log_tail(*failure, cloud)


def _take(step: Step, cloud: Cloud) -> bool:
    """Take a step unless it is done; tell whether it was taken."""
    if is_done(step, cloud):
        return False
    step.run(cloud)
    if step.lasts:
        marker = _marker(step, cloud)
        make_folder(marker.parent)
        marker.touch()
    return True


def is_done(step: Step, cloud: Cloud) -> bool:
    """Report whether a step need not be taken."""
    return _marker(step, cloud).exists() if step.lasts else step.is_done(cloud)


def _marker(step: Step, cloud: Cloud) -> Path:
    return cloud.settings.state / "done" / step.name


def _with_log_tail(step: Step, error: BaseException, cloud: Cloud) -> BaseException:
    """Return the error with what its log says last, and how to go on."""
    if not isinstance(error, (KafkastackError, OSError)):
        return error
    log = cloud.inside.log(step.log)
    lines = log.read_text(errors="replace").splitlines()[-_TAIL:] if log.exists() else []
    said = "".join(f"\n  {line[:200]}" for line in lines)
    kind = type(error) if isinstance(error, KafkastackError) else KafkastackError
    return kind(
        f"cannot {step.title}: {error}{said}",
        f"the whole log is {log}; to go on where it stopped: kafkastack microstack bootstrap",
    )
