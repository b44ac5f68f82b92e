"""Tiny Python packages in a folder that stands in for an index."""

import io
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

# A build backend that needs nothing: it runs BODY, then writes the wheel by hand.
_BACKEND = '''\
import os
import zipfile

def build_wheel(folder, settings=None, metadata=None):
    {body}
    with zipfile.ZipFile(f"{{folder}}/{module}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("{module}/__init__.py", f"built_by = {{os.geteuid()}}")
        wheel.writestr("{module}-{version}.dist-info/METADATA", """{metadata}""")
        wheel.writestr(
            "{module}-{version}.dist-info/WHEEL",
            "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        )
        wheel.writestr("{module}-{version}.dist-info/RECORD", "")
    return "{module}-{version}-py3-none-any.whl"
'''
_PROJECT = """\
[build-system]
requires = [{requires}]
build-backend = "backend"
backend-path = ["."]
"""


def stand_in_for_the_index(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set uv, as a user sets it, to a folder of packages and nothing else; return that folder."""
    index, settings = index_in(folder)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return index


def index_in(folder: Path) -> tuple[Path, dict[str, str]]:
    """Make a folder of packages; return it, and what sets uv to it and nothing else."""
    index = folder / "index"
    index.mkdir()
    settings = f'no-index = true\nfind-links = ["{index}"]\n'
    write_files(folder / "config", {"uv/uv.toml": settings})
    return index, {
        "XDG_CONFIG_HOME": str(folder / "config"),
        "UV_CACHE_DIR": str(folder.parent / "uv"),  # of all tests: asking a Python takes time
    }


def write_wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    requires: Sequence[str] = (),
    python: str = "",
    files: Mapping[str, str] | None = None,
) -> Path:
    """Write a wheel that holds an empty module, or `files`."""
    module = name.replace("-", "_")
    path = folder / f"{module}-{version}-py3-none-any.whl"
    facts = f"{module}-{version}.dist-info"
    about = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in (files or {f"{module}/__init__.py": ""}).items():
            wheel.writestr(file, text)
        wheel.writestr(f"{facts}/METADATA", _metadata(name, version, requires, python))
        wheel.writestr(f"{facts}/WHEEL", about)
        wheel.writestr(f"{facts}/RECORD", "")
    return path


def write_source(
    folder: Path,
    name: str,
    version: str = "1.0",
    body: str = "pass",
    build_requires: Sequence[str] = (),
    requires: Sequence[str] = (),
) -> Path:
    """Write a source distribution whose build runs `body`, one line of Python."""
    path = folder / f"{name}-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for file, text in source_files(name, version, body, build_requires, requires).items():
            entry = tarfile.TarInfo(f"{name}-{version}/{file}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def source_files(
    name: str,
    version: str = "1.0",
    body: str = "pass",
    build_requires: Sequence[str] = (),
    requires: Sequence[str] = (),
) -> dict[str, str]:
    """Return the files of the source of a package, by name."""
    metadata = _metadata(name, version, requires, "")
    return {
        "PKG-INFO": _metadata(name, version, (), ""),
        "pyproject.toml": _PROJECT.format(requires=", ".join(f'"{r}"' for r in build_requires)),
        "backend.py": _BACKEND.format(
            body=body, module=name.replace("-", "_"), version=version, metadata=metadata
        ),
    }


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write texts below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def _metadata(name: str, version: str, requires: Sequence[str], python: str) -> str:
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Python: {python}"] if python else []
    lines += [f"Requires-Dist: {one}" for one in requires]
    return "\n".join(lines) + "\n"
