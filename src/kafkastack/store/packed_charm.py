"""Packed charms, unpacked into the tree that a charm of source is, and packed from a tree."""

import os
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from kafkastack.artifacts.charm_folder import PACKAGES, PINS
from kafkastack.errors import KafkastackError, UsageError
from kafkastack.model.dispatch import CHARM_PLUGIN, DISPATCH, is_charm_plugin
from kafkastack.model.yaml_file import read_yaml
from kafkastack.system.archives import unpack_zip
from kafkastack.system.files import remove_tree, replacing, write_atomically
from kafkastack.system.reading import open_regular, read_inside, text_of
from kafkastack.system.tree_rules import CHARM

if TYPE_CHECKING:
    from importlib.metadata import Distribution

    from kafkastack.artifacts.source_builds import Build

# Which Python the machines of a base have.
PYTHONS = {
    "debian@12": "3.11",
    "debian@13": "3.13",
    "ubuntu@20.04": "3.8",
    "ubuntu@22.04": "3.10",
    "ubuntu@24.04": "3.12",
}
_COMPILED = re.compile(r"\.cpython-(\d)(\d+)-")
_PIN = re.compile(r"\w[\w.-]*==\d[\w.!+-]*", re.ASCII)  # nothing else gets among the requirements
_DISPATCH_BYTES = 1 << 16
_MADE = (2000, 1, 1, 0, 0, 0)  # the time of every file: the same charm is the same file


def unpack(source: Path, tree: Path) -> None:
    """Unpack a .charm with the modes of its files, and set its packages aside."""
    unpack_zip(source, tree, CHARM)
    _set_packages_aside(tree)
    dispatch = tree / "dispatch"
    if dispatch.is_file() and is_charm_plugin(dispatch_text(tree)):
        write_atomically(dispatch, DISPATCH.encode(), 0o755)


def dispatch_text(tree: Path) -> str:
    """Return the beginning of a charm's `dispatch`, which may be a binary."""
    with os.fdopen(open_regular(tree / "dispatch"), "rb") as file:
        return file.read(_DISPATCH_BYTES).decode(errors="replace")


def _set_packages_aside(tree: Path) -> None:
    from importlib.metadata import distributions

    tree = tree.resolve()
    venv = tree / "venv"
    if not venv.is_dir() or venv.is_symlink():
        return
    nested = sorted(venv.glob("lib/python3.*/site-packages"))
    packages = nested[0] if nested else venv
    if packages.resolve() != packages or os.path.lexists(tree / PACKAGES):
        raise KafkastackError(
            f"the packages in {packages.relative_to(tree)} of the charm cannot be set aside: "
            f'a part of it is a link, or the charm has a "{PACKAGES}" of its own',
            "pack it again: kafkastack pack FOLDER",
        )
    python = nested[0].parent.name.removeprefix("python") if nested else _python_of(venv)
    found = (_pin_of(distribution) for distribution in distributions(path=[str(packages)]))
    pins = sorted(pin for pin in found if pin)
    packages.rename(tree / PACKAGES)
    remove_tree(venv)
    write_atomically(tree / PINS, "\n".join([f"# python {python}", *pins, ""]).encode())


def _pin_of(distribution: "Distribution") -> str:
    """Return a package and its version as a requirement; "" where it does not say them so."""
    try:
        said = distribution.metadata
        pin = "==".join(said[key] for key in ("Name", "Version") if key in said)
    except (TypeError, ValueError):  # there is no metadata, or it is none
        return ""
    return pin if _PIN.fullmatch(pin) else ""


def _python_of(packages: Path) -> str:
    """Return the Python that compiled modules are for, "" where there are none."""
    names = (match for path in packages.rglob("*.so") if (match := _COMPILED.search(path.name)))
    return next((f"{match[1]}.{match[2]}" for match in names), "")


async def pack(tree: Path, base: str, folder: Path, build: "Build | None" = None) -> Path:
    """Pack a charm's tree for the machines of a base; returns the file.

    `tree` is a charm as it lies on a shelf, and is changed. Its packages are wheels of the locked
    versions for the base's Python, in `venv/`, as charmcraft's plugin `charm` lays them out;
    `build` makes those of packages that have none.
    """
    # Who unpacks needs nothing of what installs.
    from kafkastack.artifacts.environment_builds import install_for
    from kafkastack.artifacts.python_target import Target

    if base not in PYTHONS:
        raise UsageError(f'base "{base}" is not known', f"there are: {', '.join(sorted(PYTHONS))}")
    metadata = text_of(read_inside(tree, "metadata.yaml"), "metadata.yaml")
    name = read_yaml(metadata, "metadata.yaml").get("name").text()
    await install_for(tree, Target(PYTHONS[base]), tree / "venv", build)
    _write_entry(tree)
    system, _, channel = base.partition("@")
    bases = [{"name": system, "channel": channel, "architectures": ["amd64"]}]
    analysis = {"attributes": [{"name": "language", "result": "python"}]}
    manifest = {"bases": bases, "analysis": analysis}
    write_atomically(tree / "manifest.yaml", yaml.safe_dump(manifest, sort_keys=False).encode())
    target = folder / f"{name}_{base}-amd64.charm"
    _zip(tree, target)
    return target


def _write_entry(tree: Path) -> None:
    charm, dispatch = tree / "src" / "charm.py", tree / "dispatch"
    if charm.exists() and dispatch.exists() and dispatch_text(tree) == DISPATCH:
        write_atomically(dispatch, f"#!/bin/sh\n{CHARM_PLUGIN}\n".encode(), 0o755)
    if charm.exists():
        _make_program(tree, "src/charm.py")


def _make_program(tree: Path, name: str) -> None:
    """Let a Python file be run as it stands."""
    text = text_of(read_inside(tree, name), name)
    head = "" if text.startswith("#!") else "#!/usr/bin/env python3\n"
    write_atomically(tree / name, f"{head}{text}".encode(), 0o755)


def _zip(tree: Path, target: Path) -> None:
    paths = sorted(p for p in tree.rglob("*") if p.is_symlink() or p.is_file())
    with replacing(target) as staged:
        with zipfile.ZipFile(staged, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in (path for path in paths if "__pycache__" not in path.parts):
                entry = zipfile.ZipInfo(str(path.relative_to(tree)), _MADE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = (path.lstat().st_mode & 0o170777) << 16
                data = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
                archive.writestr(entry, data)
        staged.chmod(0o644)
