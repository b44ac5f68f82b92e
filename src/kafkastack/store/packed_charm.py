"""How a packed charm becomes the tree that a charm of source is, and a tree a packed charm."""

import re
import shutil
import stat
import zipfile
from importlib.metadata import distributions
from pathlib import Path, PurePosixPath

import yaml

from kafkastack.artifacts.charm_environment import (
    PACKAGES,
    PINS,
    install_packages,
    lock_file_of,
)
from kafkastack.errors import KafkastackError, UsageError
from kafkastack.model.dispatch import CHARM_PLUGIN, DISPATCH, is_charm_plugin

# Which Python the machines of a base have.
PYTHONS = {
    "debian@12": "3.11",
    "debian@13": "3.13",
    "ubuntu@20.04": "3.8",
    "ubuntu@22.04": "3.10",
    "ubuntu@24.04": "3.12",
}
_COMPILED = re.compile(r"\.cpython-(\d)(\d+)-")
_MADE = (2000, 1, 1, 0, 0, 0)  # the time of every file: the same charm is the same file


def unpack(source: Path, tree: Path) -> None:
    """Unpack a .charm with the modes of its files, and set its packages aside."""
    try:
        with zipfile.ZipFile(source) as archive:
            for entry in archive.infolist():
                _extract(archive, entry, tree)
    except (OSError, zipfile.BadZipFile) as error:
        raise KafkastackError(
            f"{source} cannot be unpacked: {error}", "pack it again: kafkastack pack FOLDER"
        ) from error
    _set_packages_aside(tree)
    dispatch = tree / "dispatch"
    if dispatch.is_file() and is_charm_plugin(dispatch.read_text()):
        dispatch.write_text(DISPATCH)


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, tree: Path) -> None:
    path = PurePosixPath(entry.filename)
    if path.is_absolute() or ".." in path.parts:
        raise KafkastackError(f"{archive.filename} holds {path}, which leads out of the charm")
    mode, target = entry.external_attr >> 16, tree / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if entry.is_dir():
        target.mkdir(exist_ok=True)
    elif stat.S_ISLNK(mode):
        target.symlink_to(archive.read(entry).decode())
    else:
        with archive.open(entry) as packed, target.open("wb") as file:
            shutil.copyfileobj(packed, file)
        target.chmod(0o755 if mode & 0o111 else 0o644)


def _set_packages_aside(tree: Path) -> None:
    venv = tree / "venv"
    if not venv.is_dir():
        return
    nested = sorted(venv.glob("lib/python3.*/site-packages"))
    packages = nested[0] if nested else venv
    python = nested[0].parent.name.removeprefix("python") if nested else _python_of(venv)
    pins = sorted(
        f"{d.metadata['Name']}=={d.version}" for d in distributions(path=[str(packages)])
    )
    packages.rename(tree / PACKAGES)
    shutil.rmtree(venv, ignore_errors=True)
    (tree / PINS).write_text("\n".join([f"# python {python}", *pins, ""]))


def _python_of(packages: Path) -> str:
    """Return the Python that compiled modules are for, "" where there are none."""
    names = (match for path in packages.rglob("*.so") if (match := _COMPILED.search(path.name)))
    return next((f"{match[1]}.{match[2]}" for match in names), "")


async def pack(tree: Path, base: str, folder: Path) -> Path:
    """Pack a charm's tree for the machines of a base; returns the file.

    `tree` is a charm as it lies on a shelf, and is changed. Its packages are wheels of the locked
    versions for the base's Python, in `venv/`, as charmcraft's plugin `charm` lays them out.
    """
    if base not in PYTHONS:
        raise UsageError(f'base "{base}" is not known', f"there are: {', '.join(sorted(PYTHONS))}")
    name = str(yaml.safe_load((tree / "metadata.yaml").read_text())["name"])
    if lock_file_of(tree):
        only = ("--python-version", PYTHONS[base], "--python-platform", "x86_64-unknown-linux-gnu")
        await install_packages(tree, tree / "venv", *only)
        _refuse_other_pythons(tree / "venv", PYTHONS[base])
    _write_entry(tree)
    system, _, channel = base.partition("@")
    bases = [{"name": system, "channel": channel, "architectures": ["amd64"]}]
    analysis = {"attributes": [{"name": "language", "result": "python"}]}
    manifest = {"bases": bases, "analysis": analysis}
    (tree / "manifest.yaml").write_text(yaml.safe_dump(manifest, sort_keys=False))
    target = folder / f"{name}_{base}-amd64.charm"
    _zip(tree, target)
    return target


def _refuse_other_pythons(packages: Path, python: str) -> None:
    """Refuse what was built here, for the Python of here, as there is no wheel of it."""
    for path in packages.rglob("*.so"):
        match = _COMPILED.search(path.name)
        if match and f"{match[1]}.{match[2]}" != python:
            raise KafkastackError(
                f"{path.relative_to(packages)} was compiled for Python {match[1]}.{match[2]}: "
                f"there is no wheel of it for {python}",
                "require a version that has one, or pack it on a machine of that base",
            )


def _write_entry(tree: Path) -> None:
    charm, dispatch = tree / "src" / "charm.py", tree / "dispatch"
    if charm.exists() and dispatch.exists() and dispatch.read_text() == DISPATCH:
        dispatch.write_text(f"#!/bin/sh\n{CHARM_PLUGIN}\n")
        charm.chmod(0o755)
    if charm.exists() and not charm.read_text().startswith("#!"):
        charm.write_text(f"#!/usr/bin/env python3\n{charm.read_text()}")


def _zip(tree: Path, target: Path) -> None:
    staged = target.with_suffix(".part")
    with zipfile.ZipFile(staged, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in tree.rglob("*") if p.is_symlink() or p.is_file()):
            if "__pycache__" in path.parts:
                continue
            entry = zipfile.ZipInfo(str(path.relative_to(tree)), _MADE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (path.lstat().st_mode & 0o170777) << 16
            data = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
            archive.writestr(entry, data)
    staged.replace(target)
