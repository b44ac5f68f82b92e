"""Runs on a machine, as whom its hooks run: unpacks a source and calls its build backend.

    build_wheel.py unpack WORK SOURCE                     → {"pyproject": TEXT}
    build_wheel.py requires WORK BACKEND REQUIRES PATH…   → [REQUIREMENT, …]
    build_wheel.py wheel WORK BACKEND REQUIRES PATH…      → NAME of the wheel in WORK/out

The last line of standard output is the answer. What a backend prints goes to standard error. A
build has no network where the machine lets a process give it up.
"""

import ctypes
import importlib
import json
import os
import shutil
import site
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_LARGEST = 1 << 20


def main(verb: str, work: Path, *words: str) -> None:
    """Do one step, and answer in the last line."""
    answer = os.dup(1)
    os.dup2(2, 1)
    if verb == "unpack":
        _unpack(Path(words[0]), work)
        found: Any = {"pyproject": _pyproject(work / "source")}
    else:
        _give_up_the_network()
        found = _ask_backend(verb, work, *words)
    os.write(answer, b"\n" + json.dumps(found).encode() + b"\n")


def _unpack(given: Path, work: Path) -> None:
    tree = work / "tree"
    if given.is_dir():
        shutil.copytree(given, work / "source", symlinks=True)
        return
    if given.suffix == ".zip":
        with zipfile.ZipFile(given) as archive:
            archive.extractall(tree)  # noqa: S202  # nosec B202  # as its machine's user, there
    else:
        with tarfile.open(given) as archive:
            _extract(archive, tree)
    inner = list(tree.iterdir())
    (inner[0] if len(inner) == 1 else tree).rename(work / "source")


def _extract(archive: tarfile.TarFile, tree: Path) -> None:
    if hasattr(tarfile, "data_filter"):
        archive.extractall(tree, filter="data")
        return
    for member in archive:  # an older Python: files and folders, inside
        parts = Path(member.name).parts
        if ".." not in parts and parts[:1] != ("/",) and (member.isfile() or member.isdir()):
            archive.extract(member, tree)


def _pyproject(source: Path) -> str:
    path = source / "pyproject.toml"
    if not path.exists():
        return ""
    with path.open(encoding="utf-8") as file:
        return file.read(_LARGEST)


def _give_up_the_network() -> None:
    """Leave the network; some hosts let a process begin that, and not end it: one tries before."""
    child = os.fork()
    if child == 0:
        try:
            _leave_network()
            os._exit(0)
        finally:
            os._exit(1)
    if os.waitpid(child, 0)[1] == 0:
        _leave_network()


def _leave_network() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(_NEW_NETWORK) == 0:
        return
    if libc.unshare(_NEW_USER | _NEW_NETWORK) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    maps = (
        ("uid_map", f"{user} {user} 1"),
        ("setgroups", "deny"),
        ("gid_map", f"{group} {group} 1"),
    )
    for name, text in maps:
        Path("/proc/self", name).write_text(text)


def _ask_backend(verb: str, work: Path, name: str, requires: str, *backend_path: str) -> Any:
    source = work / "source"
    os.chdir(source)
    site.addsitedir(requires)
    sys.path[:0] = [*(str(source / path) for path in backend_path), requires]
    os.environ["PATH"] = f"{requires}/bin{os.pathsep}{os.environ.get('PATH', '')}"
    os.environ["PYTHONPATH"] = requires
    module, _, inner = name.partition(":")
    backend: Any = importlib.import_module(module)
    for part in filter(None, inner.split(".")):
        backend = getattr(backend, part)
    if verb == "requires":
        ask = getattr(backend, "get_requires_for_build_wheel", None)
        return list(ask({})) if ask else []
    out = work / "out"
    out.mkdir(exist_ok=True)
    return backend.build_wheel(str(out), {})


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
