"""Which Python packages a charm needs, and the one folder per content that holds them."""

import asyncio
import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from uv import find_uv_bin

from kafkastack.artifacts import manifest, poetry_lock
from kafkastack.artifacts.cache import cache_folder, disk_errors
from kafkastack.artifacts.certificates import uv_environment
from kafkastack.artifacts.verified import refused
from kafkastack.errors import DownloadError
from kafkastack.system.files import remove_tree
from kafkastack.system.programs import OTHERS_READ

# The first file that a charm has decides; the words are uv's own.
PACKAGES = "packages"  # where the packages of a packed charm lie, and which they are
PINS = "packages.txt"
LOCK_FILES: Mapping[str, tuple[str, ...]] = {
    PINS: (),
    "uv.lock": ("export", "--frozen", "--no-dev", "--no-emit-project", "--no-header", "--quiet"),
    "poetry.lock": (),
    "requirements.txt": (),
    "pyproject.toml": (),
}

_LOCK_PAUSE = 0.05


def lock_file_of(charm_dir: Path) -> Path | None:
    """Return the file that names the charm's packages; None for a charm without any."""
    return next((charm_dir / name for name in LOCK_FILES if (charm_dir / name).exists()), None)


def environment_folder(charm_dir: Path, python: str, cache: Path) -> Path | None:
    """Return where the packages of a charm are for a Python ("3.11"), built or not."""
    lock = lock_file_of(charm_dir)
    if lock is None:
        return None
    digest = hashlib.sha256(f"{lock.name}:{python}:".encode() + lock.read_bytes()).hexdigest()
    return cache / "environments" / digest[:20]


async def build_environment(charm_dir: Path, python: str, cache: Path) -> Path | None:
    """Install the packages of a charm into a folder of the cache, once for each content.

    Returns the folder (laid out as a site-packages), or None where nothing is needed. Raises
    DownloadError with uv's own last words.
    """
    if _is_packed_for(charm_dir, python):
        return charm_dir / PACKAGES
    folder = environment_folder(charm_dir, python, cache)
    if folder is None or (folder.exists() and not await manifest.spoiled(folder)):
        return folder
    with disk_errors(folder.parent):
        cache_folder(folder.parent)
        async with _locked(folder.with_suffix(".lock")):
            spoiled = await manifest.spoiled(folder)
            if spoiled:
                remove_tree(folder)  # nothing of it is used
            if not folder.exists():
                with refused(f"packages in {folder}", spoiled):
                    await _build(charm_dir, python, folder)
    return folder


async def _build(charm_dir: Path, python: str, folder: Path) -> None:
    for left in folder.parent.glob(f".{folder.name}-*"):
        shutil.rmtree(left, ignore_errors=True)  # of a controller that was killed
    staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        target = staging / "site-packages"
        await install_packages(charm_dir, target, "--python", python, "--compile-bytecode")
        manifest.record(target, folder)
        target.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _is_packed_for(charm_dir: Path, python: str) -> bool:
    """Tell whether a packed charm brings packages that this Python can import."""
    if not (charm_dir / PACKAGES).is_dir():
        return False
    first = (charm_dir / PINS).read_text().splitlines()[0]
    return first.split()[2:] in ([], [python])


async def install_packages(charm_dir: Path, target: Path, *how: str) -> None:
    """Install the packages of a charm into a folder, as `uv pip install` is told."""
    with tempfile.TemporaryDirectory(prefix="kafkastack-lock-") as staging:
        requirements = await _requirements(charm_dir, Path(staging))
        await _uv(
            *("pip", "install", "--quiet", "--target", str(target)),
            *(*how, "--requirements", str(requirements)),
            cwd=charm_dir,
        )


async def _requirements(charm_dir: Path, staging: Path) -> Path:
    lock = lock_file_of(charm_dir)
    assert lock  # noqa: S101  # build_environment has asked
    export = LOCK_FILES[lock.name]
    if lock.name == "poetry.lock":
        return _of_poetry(charm_dir, staging)
    if not export:
        return lock
    exported = staging / "requirements.txt"
    await _uv(*export, "--output-file", str(exported), cwd=charm_dir)
    return exported


def _of_poetry(charm_dir: Path, staging: Path) -> Path:
    pyproject, craft = charm_dir / "pyproject.toml", charm_dir / "charmcraft.yaml"
    text = craft.read_text() if craft.exists() else ""
    exported = staging / "requirements.txt"
    exported.write_text(
        poetry_lock.requirements(
            (charm_dir / "poetry.lock").read_text(),
            pyproject.read_text() if pyproject.exists() else "",
            poetry_lock.groups(text),
        )
    )
    return exported


async def _uv(*arguments: str, cwd: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        find_uv_bin(),
        *arguments,
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=uv_environment(),
        umask=OTHERS_READ,
    )
    _, errors = await process.communicate()
    if process.returncode:
        raise DownloadError(
            "cannot install the packages of the charm: "
            + errors.decode(errors="replace").strip()[-2000:],
            "check the network, HTTPS_PROXY, SSL_CERT_FILE and the index that uv is set to",
        )


@asynccontextmanager
async def _locked(path: Path) -> AsyncGenerator[None]:
    """Hold the lock file; waits without blocking, for another unit of this very process."""
    with path.open("a") as stream:
        while not _try_lock(stream.fileno()):
            await asyncio.sleep(_LOCK_PAUSE)
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
