"""destroy-model, destroy-controller, kill-controller: how they end, also what does not answer."""

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import sys
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from kafkastack.cli import client_store, left
from kafkastack.cli.connection import call
from kafkastack.cli.session import confirm_by_name, model_target, seconds
from kafkastack.cli.silence import Patience, holder, is_stopped
from kafkastack.errors import (
    CloudAwayError,
    ControllerError,
    EndedError,
    KafkastackError,
    NotFoundError,
    UsageError,
)
from kafkastack.gnuflag import Parsed
from kafkastack.system.controller_file import read_settings
from kafkastack.system.files import try_lock
from kafkastack.system.places import controller_dir

Document = dict[str, Any]
_TRIES = 3
_FORCE_SECONDS = 4.0  # in which a cloud has to answer when its controller was killed
_OF_ALL = 'WARNING! This command will destroy the "{}" controller and its models.'


def destroy_model(parsed: Parsed) -> int:
    """End a model; tells what it waits for, and forces what is left in the end."""
    target = model_target(parsed, parsed.positional[0])
    timeout = seconds(parsed["timeout"])
    storage = [word for word in ("destroy", "release") if parsed.is_set(f"{word}-storage")]
    if len(storage) > 1:
        raise UsageError("--destroy-storage and --release-storage cannot both be specified")
    status = target.call("status", selectors=[])
    confirm_by_name(parsed, _warning(target.model, status), "model", target.model)
    print("Destroying model", file=sys.stderr)
    told = target.call(
        "destroy-model",
        progress=_say,
        force=parsed.is_set("force"),
        timeout=timeout,
        storage="".join(storage),
    )
    with client_store.edit() as store:
        if store.models.get(target.controller) == target.model:
            del store.models[target.controller]
    print("Model destroyed.", file=sys.stderr)
    _tell_of_model(told, target.controller)
    return 0


def _tell_of_model(told: Document, controller: str) -> None:
    """Say what is left of it, which the controller ends itself."""
    if told["left"]:
        names = "\n".join(f"  {name}" for name in told["left"])
        print(
            f"WARNING left on its cloud: {told['reason']}\n{names}\n"
            f"Controller {controller} ends them once the cloud answers.",
            file=sys.stderr,
        )


def _warning(model: str, status: Document) -> str:
    """Return what goes with a model, as Juju tells it."""
    storage = status.get("storage", {}).get("storage", {})
    lists = {
        "machine": (list(status["machines"]), "destroyed"),
        "application": (list(status["applications"]), "removed"),
        "storage instance": (list(storage), "destroyed, unless it is released"),
    }
    lines = [
        f'WARNING! This command will destroy the "{model}" model and affect the following '
        "resources. It cannot be stopped.",
        "",
    ]
    for kind, (names, what) in lists.items():
        listed = " ".join(f'"{name}"' for name in names)
        if names:
            lines.append(f" - {len(names)} {kind}{'s' * (len(names) > 1)} will be {what}")
            lines.append(f"  - {kind} list: {listed}")
    return "\n".join(lines)


def destroy_controller(parsed: Parsed) -> int:
    """End a controller with everything on it, and remove its folder."""
    if what_it_left := _left_only(parsed):
        return 0 if left.end(what_it_left) else 1
    name, folder = _named(parsed)
    confirm_by_name(parsed, _OF_ALL.format(name), "controller", name)
    print("Destroying controller", file=sys.stderr)
    told: Document | None = None
    try:
        told = _destroyed(parsed, name, folder)
    except (KafkastackError, FileNotFoundError):
        if (folder / "controller.json").exists():
            raise  # else another command is removing it, or has
    _remove(name, folder, told)
    print("All models reclaimed, controller removed", file=sys.stderr)
    return 0


def _left_only(parsed: Parsed) -> Sequence[left.LeftOver]:
    """Return what a controller has left on its cloud that is itself no more."""
    name = parsed.positional[0]
    is_there = name in client_store.read().controllers or controller_dir(name).exists()
    return [] if is_there else left.left_by(name)


def _destroyed(parsed: Parsed, name: str, folder: Path) -> Document | None:
    """Ask until one answers: it may end for another command's sake, or halfway, and goes on."""
    for _ in range(_TRIES - 1):
        with contextlib.suppress(EndedError):
            return _destroy(parsed, name, folder)
    return _destroy(parsed, name, folder)


def _destroy(parsed: Parsed, name: str, folder: Path) -> Document | None:
    if (folder / "controller.json").exists():
        return call(
            name,
            "destroy-controller",
            {
                "destroy_all_models": parsed.is_set("destroy-all-models"),
                "force": parsed.is_set("force"),
                "timeout": seconds(parsed["model-timeout"]),
            },
            progress=_say,
        )
    return None


def _say(text: Any) -> None:
    print(text, file=sys.stderr)


def _named(parsed: Parsed) -> tuple[str, Path]:
    name = parsed.positional[0]
    folder = controller_dir(name)
    if name not in client_store.read().controllers and not folder.exists():
        raise NotFoundError(f"controller {name} not found", "type: kafkastack controllers")
    return name, folder


def _remove(name: str, folder: Path, told: Document | None = None) -> None:
    from kafkastack.clouds.local.layout import runtime_path

    if left.keep(name, folder):
        left.tell(told, _cloud_of(folder), name)
    (folder / "controller.json").unlink(missing_ok=True)  # who comes now sees that it goes
    with _ended(folder):
        for place in (runtime_path(folder), folder):
            shutil.rmtree(place, ignore_errors=True)
    client_store.forget(name)


@contextlib.contextmanager
def _ended(folder: Path) -> Generator[None]:
    """Wait for the controller's lock, which it holds until its very end; keep it from another."""
    try:
        lock = (folder / "controller.lock").open("a")
    except FileNotFoundError:  # another command has removed it
        yield
        return
    patience = Patience(lambda: _still_there(folder))
    with lock:
        while not try_lock(lock):
            patience.pause()
        yield


def _still_there(folder: Path) -> str:
    pid = holder(folder / "controller.lock")
    return f"controller {folder.name} (process {pid}) has not ended yet; to end it: kill -9 {pid}"


def kill_controller(parsed: Parsed) -> int:
    """End a controller without its models' hooks; one that does not answer, too."""
    if what_it_left := _left_only(parsed):
        return 0 if left.end(what_it_left) else 1
    name, folder = _named(parsed)
    within = seconds(parsed["timeout"])
    confirm_by_name(parsed, _OF_ALL.format(name), "controller", name)
    try:
        _refuse_stopped(folder / "controller.lock")
        with _alarm(within):
            told = _ask_to_end(name, folder)
    except (KafkastackError, OSError, TimeoutError) as error:
        print(f"Unable to end it in order: {error}", file=sys.stderr)
        told = _end_by_force(folder)
    _remove(name, folder, told)
    rest = (
        "is gone, but for what it left"
        if told and told["left"]
        else "and all that ran on it are gone"
    )
    print(f'Controller "{name}" {rest}', file=sys.stderr)
    return 0


def _refuse_stopped(lock: Path) -> None:
    if is_stopped(lock):
        raise ControllerError(f"process {holder(lock)} is stopped")


def _ask_to_end(name: str, folder: Path) -> Document | None:
    print(f'Destroying controller "{name}"', file=sys.stderr)
    if (folder / "controller.json").exists():
        asked = {"destroy_all_models": True, "force": True, "timeout": 0.0}
        told: Document | None = call(name, "destroy-controller", asked, progress=_say)
        with _ended(folder):
            return told
    return None


@contextlib.contextmanager
def _alarm(within: float) -> Generator[None]:
    """Raise TimeoutError in the block when it takes longer."""

    def late(*_: object) -> None:
        raise TimeoutError(f"it took more than {within:.0f} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, max(within, 0.001))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _end_by_force(folder: Path) -> Document | None:
    """Kill the controller's process, then let its cloud end what runs on its machines."""
    from kafkastack.clouds import open_cloud
    from kafkastack.clouds.local.layout import runtime_folder
    from kafkastack.controller.left import note_machines

    if not (folder / "controller.lock").exists():
        return None
    with (folder / "controller.lock").open("a+") as lock:
        lock.seek(0)
        pid = lock.read().strip()
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            pid = ""  # nobody holds it: the number may be anybody's by now
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
            fcntl.flock(lock, fcntl.LOCK_EX)
        cloud = open_cloud(_cloud_of(folder), folder, runtime_folder(folder))
        try:
            asyncio.run(left.shut_down(cloud, _FORCE_SECONDS))
        except CloudAwayError as error:
            return note_machines(folder, error.message).describe()
    return None


def _cloud_of(folder: Path) -> str:
    return str(read_settings(folder)["cloud"])
