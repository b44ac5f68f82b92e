"""Build of the folder of a charm's Python packages, once for all charms that want the same."""

import asyncio
import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import to_builtins
from msgspec.structs import replace

from kafkastack.artifacts import manifest
from kafkastack.artifacts.cache import cache_folder, disk_errors
from kafkastack.artifacts.charm_environment import Charm, Interpreter, known_environment, link_of
from kafkastack.artifacts.charm_folder import CharmFolder
from kafkastack.artifacts.charm_packages import EXPORT, read_wanted
from kafkastack.artifacts.package_client import OtherPythonError, PackageClient, export
from kafkastack.artifacts.poetry_project import Choice
from kafkastack.artifacts.python_target import Target
from kafkastack.artifacts.source_builds import Build, BuildFailedError, Builds
from kafkastack.artifacts.verified import refused
from kafkastack.artifacts.wanted import Wanted
from kafkastack.system import bounded
from kafkastack.system.files import remove_tree, try_lock
from kafkastack.system.folders import make_folder
from kafkastack.system.modes import open_all

_LOCK_PAUSE = 0.05
_AGAIN_SECONDS = 60.0  # a build that failed is not begun again before that


async def wanted_of(files: Path, target: Target) -> Wanted:
    """Return which packages a charm wants; what strangers wrote is read in a child."""
    what = "what the charm says of its Python packages"
    found = await bounded.call(read_wanted, files, target, "", what=what)
    if found.export:
        exported = await _export(files, found.export)
        found = await bounded.call(read_wanted, files, target, exported, what=what)
    return found.wanted


async def _export(files: Path, choice: Choice) -> str:
    folder = CharmFolder(files)
    with tempfile.TemporaryDirectory(prefix="kafkastack-lock-") as staging:
        for name in (EXPORT, "pyproject.toml"):
            text = await asyncio.to_thread(folder.text, name)
            Path(staging, name).write_text(text)
        return await export(choice, Path(staging)) or "# nothing"


async def provide_environment(
    charm: Charm, python: Interpreter, cache: Path, build: Build | None = None
) -> Path | None:
    """Return the folder of a charm's packages for a Python, made if it is not there.

    Laid out as a site-packages; None where the charm wants nothing.
    """
    if known := await known_environment(charm, python.target, cache):
        return known
    wanted = await wanted_of(charm.files, python.target)
    try:
        return await build_environment(charm, wanted, python, cache, build)
    except OtherPythonError as error:
        raise OtherPythonError((*wanted.pythons, *error.ranges), python.target.version) from error


async def build_environment(
    charm: Charm, wanted: Wanted, python: Interpreter, cache: Path, build: Build | None
) -> Path | None:
    """Install what a charm wants into a folder of the cache.

    Wheels are shared by all charms that want the same; what `build` has made is its charm's alone.
    """
    if wanted.is_empty:
        return None
    _refuse_misfits(wanted, python.target)
    shared = _folder(wanted, python.target, "", cache)
    own = _folder(wanted, python.target, charm.digest, cache)
    names = (own,) if wanted.inside else (shared, own)
    with disk_errors(shared.parent):
        cache_folder(shared.parent)
        async with _locked(own.with_suffix(".lock")), _locked(shared.with_suffix(".lock")):
            folder = next((folder for folder in names if folder.exists()), None)
            spoiled = await manifest.spoiled(folder) if folder else ()
            if folder and spoiled:
                remove_tree(folder)  # nothing of it is used
            if folder is None or spoiled:
                with refused(f"packages in {folder}", spoiled):
                    folder = await _make(charm, wanted, python, build, (names[0], own))
        _name(link_of(charm, python.target, cache), folder)
    return folder


async def _make(
    charm: Charm,
    wanted: Wanted,
    python: Interpreter,
    build: Build | None,
    folders: tuple[Path, Path],
) -> Path:
    """Make an environment; the first of the folders is for wheels of the index alone."""
    shared, own = folders
    _refuse_what_failed_just_now(own)
    for left in own.parent.glob(f".{own.name}-*"):
        shutil.rmtree(left, ignore_errors=True)  # of a controller that was killed
    staging = Path(tempfile.mkdtemp(prefix=f".{own.name}-", dir=own.parent))
    try:
        builds = Builds(PackageClient(staging, python.target, python.here), build, charm.files)
        packages = staging / "site-packages"
        make_folder(packages)
        await builds.install(wanted, packages)
        folder = own if builds.count else shared
        open_all(packages)  # modes are those of uv's cache, which may be closed to others
        manifest.record(packages, folder)
        packages.rename(folder)
    except BuildFailedError as error:
        own.with_suffix(".failed").write_text(json.dumps([error.message, error.advice]))
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return folder


def _refuse_misfits(wanted: Wanted, target: Target) -> None:
    if misfits := wanted.misfits(target):
        raise OtherPythonError(misfits, target.version)


def _refuse_what_failed_just_now(own: Path) -> None:
    """Say again why a build failed: an agent tries every two seconds, a build may take minutes."""
    failed = own.with_suffix(".failed")
    if failed.exists() and time.time() - failed.stat().st_mtime < _AGAIN_SECONDS:
        raise BuildFailedError(*json.loads(failed.read_text()))
    failed.unlink(missing_ok=True)


async def install_for(files: Path, target: Target, folder: Path, build: Build | None) -> None:
    """Install the packages of a charm into a folder, for a Python that need not be here."""
    wanted = await wanted_of(files, target)
    _refuse_misfits(wanted, target)
    if wanted.is_empty:
        return
    with tempfile.TemporaryDirectory(prefix="kafkastack-wheels-") as staging:
        client = PackageClient(Path(staging), target)
        await Builds(client, build, files).install(wanted, folder)


def _folder(wanted: Wanted, target: Target, digest: str, cache: Path) -> Path:
    """Return where an environment is kept: what it is made of names it."""
    same = to_builtins(replace(wanted, file="", pythons=(), warnings=()))
    text = json.dumps([same, target.minor, target.machine, digest], sort_keys=True)
    return cache / "environments" / hashlib.sha256(text.encode()).hexdigest()[:20]


def _name(link: Path, folder: Path) -> None:
    staged = link.with_name(f".{link.name}-{time.monotonic_ns()}")
    staged.symlink_to(folder.name)
    staged.replace(link)


@asynccontextmanager
async def _locked(path: Path) -> AsyncGenerator[None]:
    """Hold the lock file; waits without blocking, for another unit of this very process."""
    with path.open("a") as stream:
        while not try_lock(stream):
            await asyncio.sleep(_LOCK_PAUSE)
        yield
