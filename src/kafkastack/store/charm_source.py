"""Intake of a charm that somebody names: the tree that a shelf keeps, and the charm's metadata.

All of it is a stranger's: this runs in a child with bounds, not on the controller's loop.
"""

import fnmatch
import hashlib
import os
import re
import stat
from collections.abc import Generator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from kafkastack.errors import NotFoundError
from kafkastack.model.channels import CHANNELS, parse_options
from kafkastack.model.charm import CharmMeta
from kafkastack.model.charm_files import CHARM_FILES, libraries, metadata_texts, parse
from kafkastack.model.config import with_defaults
from kafkastack.model.dispatch import DISPATCH
from kafkastack.model.links import Place
from kafkastack.store.packed_charm import unpack
from kafkastack.system.beneath import opened
from kafkastack.system.files import write_atomically
from kafkastack.system.reading import open_regular, read_inside, text_of
from kafkastack.system.tree_rules import CHARM
from kafkastack.system.trees import copy_into, copy_tree

TREE = "charm"  # below the staging folder
LIBRARY = Path("lib", "src", "kafkastack_charms")  # what our charms share, beside their folders

_LEFT_OUT = re.compile(
    "|".join(
        fnmatch.translate(pattern)
        for pattern in (
            *(".git", ".venv", "venv", "__pycache__", "*.pyc"),
            *("tests", ".tox", "*.charm", ".*_cache"),
        )
    )
)
_CHUNK = 1 << 20


class Taken(Struct, frozen=True):
    """A charm that was taken: the digest of its files, and what it says about itself."""

    digest: str
    meta: CharmMeta


def take_charm(source: Path, staging: Path, provider: str = "") -> Taken:
    """Make `staging`/charm of a charm's folder, or of what is packed, and read it.

    It is read as it is on clouds of a provider, "" for none of them.
    """
    if not source.exists():
        raise NotFoundError(f'charm "{source}" not found', "give a folder that holds a charm")
    tree = staging / TREE
    if source.is_dir():
        copy_tree(source, tree, CHARM, left_out=_is_left_out)
        _bring_library(source.resolve().parent / LIBRARY, tree)
    else:
        unpack(source, tree)
    texts = read_metadata(tree)
    _refuse_missing_libraries(tree, texts)
    meta = describe(tree, _complete(tree, texts), provider)
    return Taken(digest_of(tree), meta)


def describe(tree: Path, texts: Mapping[str, str], provider: str) -> CharmMeta:
    """Return what a charm says about itself, with the defaults it has on clouds of a provider."""
    meta = parse(texts)
    if not os.path.lexists(tree / CHANNELS):
        return meta
    text = text_of(read_inside(tree, CHANNELS), CHANNELS)
    defaults = parse_options(text, meta.name, provider)
    return replace(meta, options=with_defaults(meta.options, defaults))


def _bring_library(library: Path, tree: Path) -> None:
    """Give a charm the library that lies beside its folder, where charm libraries are imported."""
    if library.is_dir() and not (tree / "lib" / library.name).exists():
        with opened(tree, tree / "lib", make=True) as folder:
            copy_into(library, folder, library.name, CHARM, left_out=_is_left_out)


def read_metadata(folder: Path) -> dict[str, str]:
    """Return the texts of a charm's metadata files, by name."""
    there = [name for name in CHARM_FILES if os.path.lexists(folder / name)]
    return {name: text_of(read_inside(folder, name), name) for name in there}


def digest_of(tree: Path) -> str:
    """Return a digest of the names, modes and bytes below `tree`."""
    digest = hashlib.sha256()
    for place in sorted(_places(tree)):
        name = "/".join(place)
        path = f"{tree}/{name}"
        mode = os.lstat(path).st_mode
        digest.update(f"{name}\0{mode & 0o111}\0".encode())
        if stat.S_ISLNK(mode):
            target = os.fsencode(os.readlink(path))  # noqa: PTH115  # of 20 000 paths
            digest.update(f"{len(target)}\0".encode() + target)
        else:
            for chunk in _content(path):
                digest.update(chunk)
    return digest.hexdigest()[:20]


def _places(tree: Path) -> Generator[Place]:
    """Give where the files and links of a tree are."""
    for folder, folders, files in os.walk(tree):
        at = Path(folder).relative_to(tree).parts
        links = (name for name in folders if os.path.islink(f"{folder}/{name}"))  # noqa: PTH114
        yield from ((*at, name) for name in (*files, *links))


def _content(path: str) -> Generator[bytes]:
    """Give the size of a file, then its bytes."""
    with os.fdopen(open_regular(path, links=False), "rb", buffering=0) as file:
        yield f"{os.fstat(file.fileno()).st_size}\0".encode()
        while data := file.read(_CHUNK):
            yield data


def _is_left_out(name: str) -> bool:
    return bool(_LEFT_OUT.match(name))


def _refuse_missing_libraries(tree: Path, texts: dict[str, str]) -> None:
    wanted = libraries(texts)
    missing = {name: file for name, file in wanted.items() if not (tree / file).exists()}
    if missing:
        listed = ", ".join(f"{name} ({file})" for name, file in missing.items())
        raise NotFoundError(
            f"the charm asks for libraries that are not in its folder: {listed}",
            "fetch them there: charmcraft fetch-libs",
        )


def _complete(tree: Path, texts: dict[str, str]) -> dict[str, str]:
    """Give a source tree what packing it would have written, and return its metadata files."""
    made = {name: text for name, text in metadata_texts(texts).items() if name not in texts}
    for name, text in made.items():
        write_atomically(tree / name, text.encode())
    dispatch = tree / "dispatch"
    if not os.path.lexists(dispatch) and (tree / "src" / "charm.py").exists():
        write_atomically(dispatch, DISPATCH.encode())
    if os.path.lexists(dispatch) and not dispatch.is_symlink():
        _make_program(dispatch)
    return texts | made


def _make_program(path: Path) -> None:
    descriptor = open_regular(path, links=False)
    try:
        os.fchmod(descriptor, 0o755)
    finally:
        os.close(descriptor)
