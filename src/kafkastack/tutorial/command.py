"""tutorial run, list, show, remove, purge."""

import io
import sys
from collections.abc import Callable

from kafkastack.artifacts.cache import cache_dir, cache_size, purge
from kafkastack.errors import UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.tutorial import document, library, removal
from kafkastack.tutorial.runner import Walk, go_on
from kafkastack.tutorial.scene import CONTROLLER, MODEL, Scene
from kafkastack.tutorial.screen import Screen
from kafkastack.tutorial.work_folder import held, work_folder


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
    return SUBCOMMANDS[words[0]](words[1] if len(words) > 1 else library.DEFAULT, parsed)


def _list(_name: str, _parsed: Parsed) -> int:
    for name in library.names():
        print(f"{name:<24} {document.parse(library.read(name)).title}")
    return 0


def _show(name: str, _parsed: Parsed) -> int:
    print(library.read(name), end="")
    return 0


def _run(name: str, parsed: Parsed) -> int:
    text = document.parse(library.read(name))
    screen = Screen(quiet=parsed.is_set("quiet"))
    cloud = parsed["cloud"] if "cloud" in parsed.given else ""
    try:
        with held(name) as folder:
            walk = Walk(text, Scene(folder), screen, cloud)
            screen.note(f"{text.title}: {len(text.steps)} steps, files in {folder}")
            _conclude(screen, walk, has_walked=walk.run())
    except KeyboardInterrupt:
        print(f"\nInterrupted. To go on, type: {go_on()}", file=sys.stderr)
        return 130
    return 0


def _conclude(screen: Screen, walk: Walk, *, has_walked: bool) -> None:
    if not has_walked:
        screen.raw(f"\n{walk.scene.status_table()}")
        screen.note("\nEverything has been walked before: nothing was changed.")
    screen.note(
        f"\nThe model {MODEL} of controller {CONTROLLER} is running. Files for your own "
        f"application are in\n  {walk.scene.folder}"
    )


def _remove(name: str, parsed: Parsed) -> int:
    screen = Screen(quiet=parsed.is_set("quiet"))
    removal.remove(name)
    screen.note(f"Removed: controller {CONTROLLER}, everything on it, and {work_folder(name)}")
    if size := cache_size():
        screen.note(f"Kept: the downloads in {cache_dir()}, {removal.readable(size)}")
    return 0


def _purge(name: str, parsed: Parsed) -> int:
    size = cache_size()
    purge()
    _remove(name, parsed)
    screen = Screen(quiet=parsed.is_set("quiet"))
    screen.note(f"Removed: the downloads in {cache_dir()}, {removal.readable(size)}")
    return 0


SUBCOMMANDS: dict[str, Callable[[str, Parsed], int]] = {
    "run": _run,
    "list": _list,
    "show": _show,
    "remove": _remove,
    "purge": _purge,
}
