"""tutorial run, list, show, remove, purge."""

import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from kafkastack.artifacts.cache import cache_dir, cache_size, purge
from kafkastack.errors import ConflictError, PreflightError, UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.microstack.settings import default_settings
from kafkastack.tutorial import document, journal, library, removal
from kafkastack.tutorial.runner import Walk, go_on
from kafkastack.tutorial.scene import Scene
from kafkastack.tutorial.screen import Screen
from kafkastack.tutorial.subject import SUBJECTS, Subject, subject_of
from kafkastack.tutorial.work_folder import held, work_folder

_REMOVE_SECONDS = 600.0  # what ends: Kafka in its own time, instances, services


def tutorial(parsed: Parsed) -> int:
    """Run one of the subcommands; `run` is what is meant when nothing is said."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal may know no ✔.
        sys.stdout.reconfigure(errors="replace")  # pyright: ignore[reportUnknownMemberType]
    words = parsed.positional or ("run",)
    if words[0] not in SUBCOMMANDS:
        raise UsageError(
            f'there is no "kafkastack tutorial {words[0]}"',
            f"there are: {', '.join(SUBCOMMANDS)}",
        )
    return SUBCOMMANDS[words[0]](_named(words[1:], parsed), parsed)


def _named(words: Sequence[str], parsed: Parsed) -> str:
    """Return the tutorial that is meant by its name or by a track of Kafka, "" if none is."""
    if not parsed["kafka"]:
        return words[0] if words else ""
    if words:
        raise UsageError(
            f"--kafka names a tutorial, and {words[0]} is one", "leave out one of the two"
        )
    return library.about(parsed["kafka"])


def _list(_name: str, _parsed: Parsed) -> int:
    for name in library.names():
        print(f"{name:<24} {document.parse(library.read(name)).title}")
    return 0


def _show(name: str, _parsed: Parsed) -> int:
    print(library.read(name or library.DEFAULT), end="")
    return 0


def _run(name: str, parsed: Parsed) -> int:
    name = name or library.DEFAULT
    text = document.parse(library.read(name))
    subject = subject_of(text)
    cloud = entry_of(parsed["cloud"]) if "cloud" in parsed.given else ""
    _refuse(name, subject, cloud)
    _refuse_another(name, subject)
    screen, then = Screen(quiet=parsed.is_set("quiet")), go_on(name)
    try:
        with held(name) as folder:
            walk = Walk(text, Scene(folder), screen, cloud, then)
            screen.note(f"{text.title}: {len(text.steps)} steps, files in {folder}")
            _conclude(screen, walk, has_walked=walk.run())
    except KeyboardInterrupt:
        print(f"\nInterrupted. To go on, type: {then}", file=sys.stderr)
        return 130
    return 0


def entry_of(cloud: str) -> str:
    """Return what a cloud is called in clouds.yaml: this machine may have two of its own."""
    return default_settings().name if cloud == "microstack" else cloud


def _refuse(name: str, subject: Subject, cloud: str) -> None:
    if cloud and not subject.has_choice_of_cloud:
        raise UsageError(
            f"the tutorial {name} makes a cloud: --cloud says nothing to it",
            f"type: kafkastack tutorial run {name}",
        )
    if subject.needs_root and os.geteuid():
        raise PreflightError(
            f"the tutorial {name} needs root", f"type: sudo kafkastack tutorial run {name}"
        )


def _refuse_another(name: str, subject: Subject) -> None:
    """Refuse to walk where another tutorial has made the same: it would be taken for ours."""
    for other in library.names():
        has_begun = other != name and journal.load(work_folder(other)).done
        if has_begun and subject_of(document.parse(library.read(other))) == subject:
            raise ConflictError(
                f"{subject.name} is of the tutorial {other}, which was walked before",
                f"remove that first: kafkastack tutorial remove {other}, or ./run.sh --teardown; "
                f"or go on with it: kafkastack tutorial run {other}",
            )


def _conclude(screen: Screen, walk: Walk, *, has_walked: bool) -> None:
    if not has_walked:
        screen.raw(f"\n{walk.scene.ask(*walk.subject.status).rstrip()}")
        screen.note("\nEverything has been walked before: nothing was changed.")
    screen.note(f"\n{walk.subject.conclude(walk.scene.folder)}")


def _remove(name: str, parsed: Parsed) -> int:
    screen = Screen(quiet=parsed.is_set("quiet"))
    _remove_each(name, screen, purge=False)
    if size := cache_size():
        screen.note(f"Kept: the downloads in {cache_dir()}, {removal.readable(size)}")
    return 0


def _purge(name: str, parsed: Parsed) -> int:
    screen, size = Screen(quiet=parsed.is_set("quiet")), cache_size()
    _remove_each(name, screen, purge=True)
    purge()
    screen.note(f"Removed: the downloads in {cache_dir()}, {removal.readable(size)}")
    return 0


def _remove_each(name: str, screen: Screen, *, purge: bool) -> None:
    """Remove what a tutorial has made; without a name, what every one has that was walked."""
    wanted = [name] if name else [n for n in library.names() if _may_be_there(n)]
    subjects = {n: subject_of(document.parse(library.read(n))) for n in wanted}
    for each in sorted(subjects, key=lambda n: SUBJECTS.index(subjects[n])):
        folder = work_folder(each)
        scene = Scene(Path.cwd(), answer_seconds=_REMOVE_SECONDS)
        removed = subjects[each].remove(scene, journal.load(folder), purge)
        removal.remove_folder(each)
        screen.note(f"Removed: {', and '.join(filter(None, (removed.gone, str(folder))))}")
        if removed.kept:
            screen.note(f"Kept: {removed.kept}")


def _may_be_there(name: str) -> bool:
    return name == library.DEFAULT or work_folder(name).exists()


SUBCOMMANDS: dict[str, Callable[[str, Parsed], int]] = {
    "run": _run,
    "list": _list,
    "show": _show,
    "remove": _remove,
    "purge": _purge,
}
