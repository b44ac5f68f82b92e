"""Resources that charms ask for by name, made ready: "kafka-3.9.2/kafka.jar" becomes a path."""

from pathlib import Path

from msgspec import Struct

from kafkastack.artifacts import manifest
from kafkastack.artifacts.archive import ensure_archives, has_archives
from kafkastack.artifacts.assemble import assemble, is_assembled, missing_jars
from kafkastack.artifacts.cache import cache_dir, cache_folder, disk_errors
from kafkastack.artifacts.distributions import (
    Distribution,
    RunnableJar,
    content_name,
    find_resource,
)
from kafkastack.artifacts.fat_jar import write_fat_jar
from kafkastack.artifacts.integrity import forget_spoiled, spoiled_jars
from kafkastack.artifacts.java import ensure_java, java_bytes, our_java_folder, remembered_java
from kafkastack.artifacts.progress import Progress, Report, silent
from kafkastack.artifacts.remotes import Remote, default_remote
from kafkastack.errors import KafkastackError
from kafkastack.system.files import locked, replacing


class Planned(Struct, frozen=True):
    """Something that would be fetched: what, how many bytes, where to, and in place of what."""

    name: str
    size: int
    folder: Path
    spoiled: tuple[str, ...] = ()


def ready_resource(name: str) -> Path | None:
    """Return a resource for which nothing is left to do, by a few stats; else None."""
    distribution, jar = find_resource(name)
    folder = cache_dir() / distribution.folder
    java = remembered_java()
    if java is None or not is_assembled(distribution, folder):
        return None
    return folder / jar.name if has_archives(distribution, folder, java) else None


def ensure_resource(name: str, report: Report = silent, remote: Remote | None = None) -> Path:
    """Return a resource with a Java that can run it and the class archive for that Java.

    Fetches what is missing. DownloadError, PreflightError tell what failed on which file; a
    class archive that cannot be made is only a warning, because Kafka starts without it.
    """
    distribution, jar = find_resource(name)
    folder = cache_dir() / distribution.folder
    if not is_assembled(distribution, folder):
        assemble(distribution, folder, remote or default_remote(), report)
    prepare_java(distribution, report)
    return folder / jar.name


def ensure_distribution(
    distribution: Distribution, report: Report = silent, remote: Remote | None = None
) -> Path:
    """Return the folder of a distribution after every byte of it was checked."""
    for name in forget_spoiled(distribution):
        if not name.endswith(".jar"):  # assembling tells of those itself
            words = f"{name} is refused: its bytes are not those that were made; making it again"
            report(Progress("warning", file=words))
    folder = cache_dir() / distribution.folder
    assemble(distribution, folder, remote or default_remote(), report)
    prepare_java(distribution, report)
    return folder


def prepare_java(distribution: Distribution, report: Report) -> None:
    """Make sure of a Java, and of the class archives that fit it."""
    java = ensure_java(report)
    try:
        ensure_archives(distribution, cache_dir() / distribution.folder, java, report)
    except KafkastackError as error:
        report(Progress("warning", file=f"Kafka will start slower: {error}"))


def ensure_fat_jar(name: str, report: Report = silent, remote: Remote | None = None) -> Path:
    """Return a resource as one jar that needs no other file, for a machine elsewhere."""
    distribution, jar = find_resource(name)
    folder = cache_dir() / distribution.folder
    target = folder / "fat" / content_name(distribution.lib(jar)) / jar.name
    if target.exists() and not manifest.differences(target.parent):
        return target
    if target.exists():
        words = f"{target} is refused: it is not as it was made; making it again"
        report(Progress("warning", file=words))
    assemble(distribution, folder, remote or default_remote(), report)
    with disk_errors(folder), locked(folder / ".lock"):
        cache_folder(target.parent)
        _pack(distribution, jar, folder, target, report)
        manifest.record(target.parent)
    return target


def save_fat_jar(name: str, target: Path, report: Report = silent) -> None:
    """Write a resource to `target` as one jar that needs no other file."""
    distribution, jar = find_resource(name)
    folder = cache_dir() / distribution.folder
    assemble(distribution, folder, default_remote(), report)
    with disk_errors(target):
        _pack(distribution, jar, folder, target.absolute(), report)


def _pack(
    distribution: Distribution, jar: RunnableJar, folder: Path, target: Path, report: Report
) -> None:
    report(Progress("pack", 0, 1, target.name))
    lib = [folder / "lib" / needed.file for needed in distribution.lib(jar)]
    with replacing(target) as staged:
        write_fat_jar(staged, jar.main, lib)
        staged.chmod(0o644)
    report(Progress("pack", 1, 1, target.name))


def plan(distribution: Distribution) -> tuple[Planned, ...]:
    """Return what would be fetched for a distribution: nothing when all is there and right."""
    planned: list[Planned] = []
    folder, spoiled = cache_dir() / distribution.folder, spoiled_jars(distribution)
    wanted = {*missing_jars(distribution, folder), *spoiled}
    if wanted:
        size, files = sum(jar.size for jar in wanted), tuple(jar.file for jar in spoiled)
        planned.append(Planned(distribution.name, size, folder, files))
    if size := java_bytes():
        planned.append(Planned("java", size, our_java_folder()))
    return tuple(planned)
