"""Progress of work on a cloud: moving lines on a terminal, plain ones in a log, or none."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from kafkastack.microstack.runner import StepEvent
from kafkastack.model.text import visible

Tell = Callable[[str], None]


@contextmanager
def told(quiet: bool) -> Generator[Tell]:
    """Give what a line is told to."""
    if quiet:
        yield _nobody
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.markup import escape

        console = Console(stderr=True, highlight=False)
        with console.status("") as status:
            yield lambda line: status.update(escape(visible(line)))
    else:
        yield lambda line: print(line, file=sys.stderr, flush=True)


class Steps:
    """Tells of each step when it is done how long it took, and which ones are under way."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._begun: dict[str, float] = {}

    def __call__(self, event: StepEvent) -> None:
        """Tell one event."""
        step = event.step
        if event.what == "begins":
            self._begun[step.name] = time.monotonic()
            return
        seconds = time.monotonic() - self._begun.pop(step.name)
        if event.what == "was done":
            return
        under_way = f"; going on: {', '.join(self._begun)}" if self._begun else ""
        failed = " FAILED" if event.what == "failed" else ""
        self._tell(
            f"[{event.done}/{event.total}] {step.title}{failed}, {seconds:.1f} s{under_way}"
        )


def _nobody(_line: str) -> None:
    pass
