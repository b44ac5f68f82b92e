"""Screen of a walk: colours and bars in a terminal, plain lines elsewhere."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from kafkastack.model.text import visible


class Waiting(Protocol):
    """How a wait tells its progress."""

    def tell(self, met: int, missing: str) -> None:
        """Tell how many conditions are met, and what the first one lacks."""
        ...


class Screen:
    """Everything that is written between the outputs of the commands."""

    def __init__(self, *, quiet: bool = False, console: Console | None = None) -> None:
        self.is_quiet = quiet
        self._console = console or Console(quiet=quiet, highlight=False, soft_wrap=True)

    def section(self, title: str) -> None:
        """Begin a section."""
        self._write(f"\n── {title}", "bold")

    def command(self, text: str) -> None:
        """Show a command as it would be typed."""
        self._write(f"\n$ {text}", "bold cyan")

    def note(self, text: str) -> None:
        """Say something to the reader."""
        self._write(text)

    def raw(self, text: str) -> None:
        """Show text as it is."""
        self._write(text)

    def file(self, path: str, text: str) -> None:
        """Show a file that was written."""
        self._write(f"\nwritten: {path}", "bold cyan")
        self._write("\n".join(f"    {line}".rstrip() for line in text.splitlines()), "dim")

    def checkpoint(self, sentence: str, conditions: Sequence[str], table: str) -> None:
        """Show what has been verified, and the status that goes with it."""
        self._write(f"\n✔ {sentence}", "bold green")
        for condition in conditions:
            self._write(f"  ✔ {condition}", "green")
        self._write(f"\n{table}")

    @contextmanager
    def waiting(self, total: int) -> Generator[Waiting]:
        """Show a bar until the block ends; where there is no terminal, a line per change."""
        if not self._console.is_terminal or self.is_quiet:
            yield _Lines(self)
            return
        columns = (
            SpinnerColumn(),
            BarColumn(bar_width=20),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
        )
        with Progress(*columns, console=self._console, transient=True) as progress:
            yield _Bar(progress, total)

    def _write(self, text: str, style: str = "") -> None:
        self._console.print(Text(visible(text), style=style))
        self._console.file.flush()


class _Lines:
    def __init__(self, screen: Screen) -> None:
        self._screen, self._said = screen, ""

    def tell(self, met: int, missing: str) -> None:
        """Write a line when something else is missing now."""
        if missing != self._said:
            self._screen.note(f"  waiting: {missing}")
        self._said = missing


class _Bar:
    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("waiting", total=total)

    def tell(self, met: int, missing: str) -> None:
        """Move the bar."""
        shown = escape(visible(f"waiting: {missing}"))
        self._progress.update(self._task, completed=met, description=shown)
