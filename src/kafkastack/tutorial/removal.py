"""Removal of everything that a tutorial has made, and what is kept."""

import shutil
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from kafkastack.cli import client_store
from kafkastack.cli.left import left_overs
from kafkastack.clouds.local.layout import runtime_path
from kafkastack.errors import KafkastackError
from kafkastack.system.places import controller_dir, data_dir
from kafkastack.tutorial.already import NOT_INSTALLED
from kafkastack.tutorial.journal import Journal
from kafkastack.tutorial.scene import CONTROLLER, Scene
from kafkastack.tutorial.work_folder import state_dir, work_folder


class Removed(Struct, frozen=True):
    """What is gone, and what was kept and why: each in words, or ""."""

    gone: str
    kept: str = ""


Remove = Callable[[Scene, Journal, bool], Removed]  # the bool: with its downloads


def remove_controller(scene: Scene, _journal: Journal, _purge: bool) -> Removed:
    """End the controller with everything on it."""
    if CONTROLLER in client_store.read().controllers or controller_dir(CONTROLLER).exists():
        _destroy_controller(scene)
    sockets = runtime_path(controller_dir(CONTROLLER))
    for folder in (sockets, sockets.parent):
        _remove_empty(folder)
    left = left_overs()
    if not client_store.read().controllers and not left:
        shutil.rmtree(data_dir(), ignore_errors=True)
    names = ", ".join(name for each in left for name in each.names())
    kept = f"what could not be ended on its cloud: {names}; kafkastack controllers lists it"
    return Removed(f"controller {CONTROLLER}, everything on it", kept if left else "")


def remove_cloud(scene: Scene, journal: Journal, purge: bool) -> Removed:
    """Destroy the cloud of this machine, if the walk has made it."""
    if not journal.has_made:
        kept = "a cloud that was here before: kafkastack microstack destroy removes it"
        is_there = (
            journal.done and scene.ask_json("microstack", "status")["state"] != NOT_INSTALLED
        )
        return Removed("", kept if is_there else "")
    scene.ask("microstack", "destroy", "--no-prompt", *(("--purge",) if purge else ()))
    return Removed("the cloud of this machine, its instances")


def remove_folder(name: str) -> None:
    """Remove the files of a tutorial."""
    shutil.rmtree(work_folder(name), ignore_errors=True)
    for folder in (state_dir(), state_dir().parent):
        _remove_empty(folder)


def _destroy_controller(scene: Scene) -> None:
    words = ("destroy-controller", CONTROLLER, "--destroy-all-models", "--no-prompt")
    try:
        scene.ask(*words)
    except KafkastackError:
        scene.ask(*words, "--force")


def _remove_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return


def readable(size: int) -> str:
    """Return a number of bytes as people read it: 61.3 MB."""
    amount, unit = float(size), "bytes"
    for larger in ("kB", "MB", "GB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
