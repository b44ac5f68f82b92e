"""Fat jar that needs no other file: many jars merged, in a fixed order, no class twice."""

import zipfile
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from kafkastack.artifacts.log4j_plugins import merge_plugins

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PLUGINS = "META-INF/org/apache/logging/log4j/core/config/plugins/Log4j2Plugins.dat"
_SERVICES = "META-INF/services/*"
# Signatures and indexes speak of the jar that was; a merged jar is no module.
_LEFT_OUT = (
    "*/",
    "META-INF/*.DSA",
    "META-INF/*.RSA",
    "META-INF/*.SF",
    "META-INF/INDEX.LIST",
    "META-INF/MANIFEST.MF",
    "META-INF/maven/*",
    "*module-info.class",
)
_LICENCES = (
    "META-INF/LICENSE*",
    "META-INF/NOTICE*",
    "LICENSE*",
    "NOTICE*",
    "META-INF/DEPENDENCIES",
)


def write_fat_jar(target: Path, main: str, jars: Sequence[Path]) -> None:
    """Write one runnable jar of all `jars`; the same jars give the same bytes."""
    written: set[str] = set()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as out:
        _add(out, "META-INF/MANIFEST.MF", _manifest(main))
        for name, content in _merged(jars):
            _add(out, name, content)
            written.add(name)
        for name, content in _entries(jars):
            if name not in written:
                _add(out, name, content)
                written.add(name)


def _manifest(main: str) -> bytes:
    lines = ("Manifest-Version: 1.0", f"Main-Class: {main}", "Multi-Release: true", "", "")
    return "\r\n".join(lines).encode()


def _merged(jars: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield the files that several jars have a part of."""
    services: dict[str, dict[str, None]] = {}
    plugins: list[bytes] = []
    for name, content in _entries(jars):
        if fnmatchcase(name, _SERVICES):
            lines = services.setdefault(name, {})
            lines.update(dict.fromkeys(_service_lines(content)))
        elif name == _PLUGINS:
            plugins.append(content)
    for name in sorted(services):
        yield name, "".join(f"{line}\n" for line in services[name]).encode()
    if plugins:
        yield _PLUGINS, merge_plugins(plugins)


def _service_lines(content: bytes) -> Iterator[str]:
    for line in content.decode().splitlines():
        if word := line.partition("#")[0].strip():
            yield word


def _entries(jars: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    for path in sorted(jars):
        with zipfile.ZipFile(path) as jar:
            for name in sorted(jar.namelist()):
                if not any(fnmatchcase(name, pattern) for pattern in _LEFT_OUT):
                    yield _place(path, name), jar.read(name)


def _place(jar: Path, name: str) -> str:
    """Return where an entry goes: each jar's licence is kept under the jar's name."""
    if any(fnmatchcase(name, pattern) for pattern in _LICENCES):
        return f"META-INF/licenses/{jar.stem}/{name.rpartition('/')[2]}"
    return name


def _add(out: zipfile.ZipFile, name: str, content: bytes) -> None:
    out.writestr(zipfile.ZipInfo(name, _EPOCH), content)
