"""Location of mmdebstrap: on the host, else unpacked from its package, with nothing installed."""

import os
import shutil
import subprocess
from pathlib import Path

from kafkastack.artifacts.cache import cache_folder
from kafkastack.errors import DownloadError
from kafkastack.system.files import locked, remove_tree
from kafkastack.system.folders import make_folder

_FOLDER, _LOG = "mmdebstrap", "mmdebstrap.log"
_TAKE_OUT = 'cd "$1"; apt-get download mmdebstrap; dpkg-deb --extract mmdebstrap_*.deb .'


def search_path(cache: Path) -> str:
    """Return a PATH that has it, with the programs that it starts itself."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    if shutil.which("mmdebstrap", path=path):
        return path
    folder = cache / _FOLDER
    cache_folder(cache)
    with locked(cache / f"{_FOLDER}.lock"):
        if not folder.exists():
            _take_out(folder, cache / _LOG)
    return f"{folder}/usr/bin:{path}"


def _take_out(folder: Path, log: Path) -> None:
    part = folder.with_suffix(".part")
    remove_tree(part)
    make_folder(part)
    with log.open("wb") as stream:
        words = ["sh", "-euc", _TAKE_OUT, "sh", str(part)]
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, check=False
        )
    if done.returncode:
        raise DownloadError(
            f"mmdebstrap cannot be downloaded; look at: {log}",
            "check the network and apt's mirror, or: sudo apt install mmdebstrap",
        )
    part.rename(folder)
