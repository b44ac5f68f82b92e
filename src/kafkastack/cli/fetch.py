"""fetch."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from kafkastack.artifacts.cache import cache_dir, cache_size
from kafkastack.artifacts.distributions import (
    DISTRIBUTIONS,
    resource_names,
)
from kafkastack.artifacts.integrity import check_resource
from kafkastack.artifacts.our_charms import distribution_of
from kafkastack.artifacts.progress import IN_BYTES, Progress, Report, amount, silent, title
from kafkastack.artifacts.resources import ensure_distribution, ensure_resource, save_fat_jar
from kafkastack.errors import UsageError
from kafkastack.gnuflag import Parsed


def fetch(parsed: Parsed) -> int:
    """Download what is asked for, or all of the Kafka of a channel."""
    with _shown(parsed.is_set("quiet")) as report:
        done = _fetch(parsed, report)
    if not parsed.is_set("quiet"):
        print(done)
    return 0


def _fetch(parsed: Parsed, report: Report) -> str:
    if parsed["resource"]:
        return _fetch_resource(parsed, report)
    if parsed["output"]:
        raise UsageError("-o needs --resource", "kafkastack fetch --resource kafka -o kafka.jar")
    wanted = distribution_of(parsed["channel"])
    for distribution in DISTRIBUTIONS.values() if parsed.is_set("all") else (wanted,):
        ensure_distribution(distribution, report)
    return f"{cache_dir()} is complete ({cache_size() / 1e6:.0f} MB)"


def _fetch_resource(parsed: Parsed, report: Report) -> str:
    name = parsed["resource"]
    if name not in resource_names():
        distribution = distribution_of(parsed["channel"])
        name = f"{distribution.name}/{distribution.jar(f'{name}.jar').name}"
    if not parsed["output"]:
        check_resource(name)
        return str(ensure_resource(name, report))
    save_fat_jar(name, Path(parsed["output"]), report)
    return parsed["output"]


@contextmanager
def _shown(quiet: bool) -> Generator[Report]:
    if quiet:
        yield silent
    elif sys.stderr.isatty():
        with _bars() as report:
            yield report
    else:
        yield _Lines()


class _Lines:
    """A line when a phase begins, for a log."""

    def __init__(self) -> None:
        self._phase = ""

    def __call__(self, progress: Progress) -> None:
        if progress.phase == "warning":
            print(title(progress), file=sys.stderr)
        elif progress.phase != self._phase:
            self._phase = progress.phase
            size = f": {progress.total / 1e6:.1f} MB" if progress.phase in IN_BYTES else ""
            print(f"{title(progress)}{size}", file=sys.stderr)


@contextmanager
def _bars() -> Generator[Report]:
    """Show a bar for each phase, with its bytes where it has any."""
    from rich.console import Console
    from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    text, size = TextColumn("{task.description}"), TextColumn("{task.fields[amount]}")
    columns = (text, BarColumn(), size, TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def report(progress: Progress) -> None:
            name = title(progress)
            if progress.phase == "warning":
                bars.console.print(name, markup=False, highlight=False)
                return
            if name not in tasks:
                tasks[name] = bars.add_task(name, amount="")
            # A bar without a total moves to and fro: nobody knows how long a training takes.
            total = progress.total if progress.phase in IN_BYTES or progress.done else None
            shown = amount(progress)
            bars.update(tasks[name], total=total, completed=progress.done, amount=shown)

        yield report
