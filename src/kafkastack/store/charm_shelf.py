"""Which charms are on the shelf of a controller: files by content digest, metadata parsed once."""

import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path

from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.model.charm import CharmMeta
from kafkastack.model.charm_files import CHARM_FILES, libraries, metadata_texts, parse
from kafkastack.model.dispatch import DISPATCH
from kafkastack.store.packed_charm import unpack
from kafkastack.system.files import replacing

_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "venv", "__pycache__", "*.pyc", "tests", ".tox", "*.charm", ".*_cache"
)


class CharmShelf:
    """The charm files of one controller, below its data folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._metas: dict[str, CharmMeta] = {}

    def take(self, source: Path) -> str:
        """Copy a charm's tree, or what is packed, and return its digest; kept once a content."""
        if not source.exists():
            raise NotFoundError(f'charm "{source}" not found', "give a folder that holds a charm")
        self._root.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(dir=self._root, prefix="."))
        try:
            tree = staging / "charm"
            if source.is_dir():
                _copy(source, tree)
            else:
                unpack(source, tree)
            _complete(tree)
            _refuse_missing_libraries(tree)
            digest = digest_of(tree)
            if not self.files(digest).exists():
                tree.rename(self.files(digest))
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return digest

    @property
    def resources(self) -> Path:
        """The folder of the files that were given as resources; machines read them there."""
        folder = self._root / "resources"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def take_resource(self, source: Path, filename: str) -> Path:
        """Copy a file under the name its charm expects; the user's own may then change or go."""
        with source.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()[:20]
        target = self.resources / digest / filename
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            with replacing(target) as staged:
                shutil.copyfile(source, staged)
        return target

    def files(self, digest: str) -> Path:
        """Return the folder of a charm's files."""
        return self._root / digest

    def meta(self, digest: str) -> CharmMeta:
        """Return the metadata of a charm on the shelf."""
        if digest not in self._metas:
            self._metas[digest] = parse(read_metadata(self.files(digest)))
        return self._metas[digest]


def read_metadata(folder: Path) -> dict[str, str]:
    """Return the texts of a charm's metadata files, by name."""
    return {name: (folder / name).read_text() for name in CHARM_FILES if (folder / name).exists()}


def digest_of(tree: Path) -> str:
    """Return a digest of the names, modes and bytes below `tree`."""
    digest = hashlib.sha256()
    for path in sorted(p for p in tree.rglob("*") if not p.is_dir() or p.is_symlink()):
        digest.update(f"{path.relative_to(tree)}\0{os.lstat(path).st_mode & 0o111}\0".encode())
        data = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        digest.update(f"{len(data)}\0".encode() + data)
    return digest.hexdigest()[:20]


def _copy(source: Path, tree: Path) -> None:
    try:
        shutil.copytree(source, tree, ignore=_LEFT_OUT, symlinks=True)
    except shutil.Error as error:
        file, _, reason = error.args[0][0]
        words = re.sub(r"^\[Errno \d+\] |: '.*", "", reason)
        raise KafkastackError(
            f"cannot copy {file} of the charm: {words}",
            "make it a file that you can read, make room for it, then deploy again",
        ) from error


def _refuse_missing_libraries(tree: Path) -> None:
    wanted = libraries(read_metadata(tree))
    missing = {name: file for name, file in wanted.items() if not (tree / file).exists()}
    if missing:
        listed = ", ".join(f"{name} ({file})" for name, file in missing.items())
        raise NotFoundError(
            f"the charm asks for libraries that are not in its folder: {listed}",
            "fetch them there: charmcraft fetch-libs",
        )


def _complete(tree: Path) -> None:
    """Give a source tree what packing it would have written: metadata files and `dispatch`."""
    for name, text in metadata_texts(read_metadata(tree)).items():
        if not (tree / name).exists():
            (tree / name).write_text(text)
    dispatch = tree / "dispatch"
    if not dispatch.exists() and (tree / "src" / "charm.py").exists():
        dispatch.write_text(DISPATCH)
    if dispatch.exists():
        dispatch.chmod(0o755)
