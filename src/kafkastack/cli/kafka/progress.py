"""Progress of a start: a line that moves on a terminal, plain lines in a log, or none."""

import io
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout

from kafkastack.cli.main import run_words
from kafkastack.model.text import visible

Say = Callable[[str], None]


class Teller:
    """What is told while one waits: `say` keeps a line, `show` may replace the one before."""

    def __init__(self, say: Say, show: Say) -> None:
        self.say = say
        self.show = show
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._begun


@contextmanager
def teller(*, quiet: bool) -> Generator[Teller]:
    """Give what tells a person how far it is."""
    if quiet:
        yield Teller(_nothing, _nothing)
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.markup import escape

        console = Console(file=sys.stderr, highlight=False)
        status = console.status("")

        def show(line: str) -> None:
            status.update(escape(visible(line)))
            status.start()  # not before: a download has bars of its own

        try:
            yield Teller(lambda line: console.print(visible(line), markup=False), show)
        finally:
            status.stop()
    else:
        yield Teller(_line, _Changes())


class _Changes:
    """Tells a line that is another one than the last."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, line: str) -> None:
        if line != self._last:
            self._last = line
            _line(line)


def carry_out(steps: Sequence[Sequence[str]], tell: Teller) -> None:
    """Type commands, one after the other; tells each, and what it warns of."""
    for step in steps:
        tell.say(f"  kafkastack {' '.join(map(_shown, step))}")
        said = io.StringIO()
        with redirect_stderr(said), redirect_stdout(io.StringIO()):
            run_words(list(step))
        _repeat_warnings(said.getvalue(), tell)


def _repeat_warnings(said: str, tell: Teller) -> None:
    """Tell the warnings of a command, each with the line below it: what to do."""
    lines = said.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("WARNING"):
            tell.say("\n".join(lines[number : number + 2]))


def _shown(word: str) -> str:
    import shlex

    return shlex.quote(word)


def _line(line: str) -> None:
    print(visible(line), file=sys.stderr, flush=True)


def _nothing(_line: str) -> None:
    pass
