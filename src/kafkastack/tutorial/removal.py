"""How everything that a tutorial has made is removed, and what is kept."""

import shutil
from pathlib import Path

from kafkastack.cli import client_store
from kafkastack.clouds.local import runtime_folder
from kafkastack.errors import KafkastackError
from kafkastack.system.places import controller_dir, data_dir
from kafkastack.tutorial.scene import CONTROLLER, Scene
from kafkastack.tutorial.work_folder import state_dir, work_folder


def remove(name: str) -> None:
    """End the controller with everything on it, and remove the files of the tutorial."""
    if CONTROLLER in client_store.read().controllers or controller_dir(CONTROLLER).exists():
        _destroy_controller(Scene(Path.cwd()))
    shutil.rmtree(work_folder(name), ignore_errors=True)
    sockets = runtime_folder(controller_dir(CONTROLLER))
    for folder in (state_dir(), state_dir().parent, sockets, sockets.parent):
        _remove_empty(folder)
    if not client_store.read().controllers:
        shutil.rmtree(data_dir(), ignore_errors=True)


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
