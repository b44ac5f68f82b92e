"""Builder of images from their recipes, each kept whole or not at all."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from kafkastack.artifacts.cache import cache_folder
from kafkastack.errors import DownloadError, KafkastackError, PreflightError
from kafkastack.microstack.images.recipe import LEFT_OUT, SUITE, GuestFile, Recipe, recipe
from kafkastack.microstack.mmdebstrap import search_path
from kafkastack.system.files import locked, remove_tree
from kafkastack.system.folders import make_folder
from kafkastack.system.programs import OTHERS_READ

_GB = 1024**3
# All of a build ends with its builder, and so do its mounts: nothing goes on in a cache that
# another one believes to be its own.
_BOUND = ("setpriv", "--pdeathsig=KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child")
_NEEDED = {
    "mkfs.ext4": "e2fsprogs",
    "setpriv": "util-linux",
    "unshare": "util-linux",
}


class Image(Struct, frozen=True):
    """What Glance is given: `kernel` and `ramdisk` are None where the disk is enough to boot."""

    name: str
    disk: Path
    disk_format: str
    kernel: Path | None
    ramdisk: Path | None
    properties: Mapping[str, str]
    min_disk_gb: int
    min_ram_mb: int
    user: str


Run = Callable[[Sequence[str], Path, str], int]  # a program, its log, a PATH → its exit code


def build(name: str, *, cache: Path, progress: Callable[[str], None]) -> Image:
    """Return an image of the cache, built now if it is not there; needs root, and a minute."""
    return Builder(cache, _run, progress, lambda: _prepare_host(cache)).build(recipe(name))


class Builder(Struct, frozen=True):
    """Builds images in a cache; `run` is the way to the host's programs."""

    cache: Path
    run: Run
    said: Callable[[str], None]
    prepare: Callable[[], str] = lambda: ""  # for a build: the PATH of its programs

    def build(self, made: Recipe) -> Image:
        """Return the image of a recipe; whoever comes second waits for the first."""
        folder = self.cache / f"{made.name}-{made.digest}"
        if folder.exists():
            return _image(made, folder)
        path = self.prepare()
        cache_folder(self.cache)
        with locked(self.cache / f"{made.name}.lock"):
            if not folder.exists():
                self._build(made, folder, path)
        return _image(made, folder)

    def _build(self, made: Recipe, folder: Path, path: str) -> None:
        for left in self.cache.glob(f".{made.name}-*"):  # by a builder that was killed
            remove_tree(left)
        part = Path(tempfile.mkdtemp(prefix=f".{made.name}-", dir=self.cache))
        try:
            self._fill(made, part, self.cache / f"{made.name}.log", path)
            (part / "out").rename(folder)
        finally:
            remove_tree(part)

    def _fill(self, made: Recipe, part: Path, log: Path, path: str) -> None:
        tree, out = part / "tree", part / "out"
        make_folder(out)
        log.write_bytes(b"")
        self.said(f"image {made.name}: Debian's packages")
        if self.run(_bootstrap(made, tree), log, path):
            raise DownloadError(
                f"the packages of image {made.name} cannot be installed",
                f"check the network, and the mirror that apt is set to; look at: {log}",
            )
        for file in made.files:
            _write(tree / file.path.lstrip("/"), file)
        for script in made.scripts:
            self.said(f"image {made.name}: {script.path}")
            _write(part / script.path, script)
            if self.run([str(part / script.path), str(tree), str(out)], log, path):
                raise KafkastackError(
                    f"{script.path} of image {made.name} failed", f"look at: {log}"
                )


def _prepare_host(cache: Path) -> str:
    """Return the PATH of a build's programs; refused where one is missing, or who builds it."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = {p for program, p in _NEEDED.items() if not shutil.which(program, path=path)}
    if missing:
        words = " ".join(sorted(missing))
        raise PreflightError(f"images are built with {words}", f"sudo apt install {words}")
    if os.geteuid():
        raise PreflightError("images are built by root", "run the same command with sudo")
    return search_path(cache)


def _image(made: Recipe, folder: Path) -> Image:
    disk = folder / "disk.img"
    return Image(
        name=made.name,
        disk=disk,
        disk_format="raw",
        kernel=folder / "vmlinuz" if made.boots_kernel else None,
        ramdisk=folder / "initrd.img" if made.boots_kernel else None,
        properties=made.properties,
        min_disk_gb=-(-disk.stat().st_size // _GB),
        min_ram_mb=made.min_ram_mb,
        user=made.user,
    )


def _bootstrap(made: Recipe, tree: Path) -> list[str]:
    return [
        "mmdebstrap",
        f"--variant={made.variant}",
        "--format=directory",
        '--aptopt=Apt::Install-Recommends "false"',
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT),
        '--setup-hook=mkdir -p "$1/usr/share/man/man1"',  # packages' scripts link there
        f"--include={','.join(made.packages)}",
        SUITE,
        str(tree),
    ]


def _write(path: Path, file: GuestFile) -> None:
    make_folder(path.parent)
    path.unlink(missing_ok=True)  # a link would be followed
    path.write_text(file.text)
    path.chmod(file.mode)


def _run(argv: Sequence[str], log: Path, path: str) -> int:
    with log.open("ab") as stream:
        done = subprocess.run(
            [*_BOUND, *argv],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            env={**os.environ, "PATH": path, "LC_ALL": "C.UTF-8"},
            umask=OTHERS_READ,
            check=False,
        )
    return done.returncode
