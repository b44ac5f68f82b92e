"""Shelf of a controller's charms: files by content digest, metadata beside them."""

import asyncio
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import msgspec

from kafkastack.errors import KafkastackError
from kafkastack.model.charm import CharmMeta
from kafkastack.store.charm_source import TREE, Taken, describe, read_metadata, take_charm
from kafkastack.system import bounded
from kafkastack.system.files import remove_tree, write_atomically
from kafkastack.system.reading import open_regular
from kafkastack.system.tree_rules import CHARM

_LIMITS = bounded.Limits(seconds=60, file_bytes=CHARM.bounds.bytes + (1 << 20))
_FORMAT = 1  # of what lies beside a charm: raise it when CharmMeta changes
_MOST_OF_RESOURCE = 16 << 30
_CHUNK = 1 << 20


class _Beside(msgspec.Struct, frozen=True):
    """What was read of a charm when it was taken; nothing of its files is read for it again."""

    format: int
    meta: CharmMeta


class CharmShelf:
    """The charm files of one controller, below its data folder, as they are on its cloud."""

    def __init__(self, root: Path, provider: str = "") -> None:
        self._root, self._provider = root, provider
        self._metas: dict[str, CharmMeta] = {}
        self._damaged: dict[str, KafkastackError] = {}
        # What a controller has left that was killed while it took one.
        for left in (*root.glob(".*"), *root.glob("resources/.*")):
            remove_tree(left)

    async def take(self, source: Path) -> str:
        """Copy a charm's tree, or what is packed, and return its digest; kept once a content."""
        staging = self._staging()
        try:
            what = f"the charm {source}"
            taken = await bounded.call(
                take_charm, source, staging, self._provider, what=what, limits=_LIMITS
            )
            self._keep(staging / TREE, taken)
        finally:
            await asyncio.to_thread(remove_tree, staging)
        return taken.digest

    def take_now(self, source: Path) -> str:
        """Do as `take` does, without a loop: for a command line."""
        staging = self._staging()
        try:
            what = f"the charm {source}"
            taken = bounded.call_now(
                take_charm, source, staging, self._provider, what=what, limits=_LIMITS
            )
            self._keep(staging / TREE, taken)
        finally:
            remove_tree(staging)
        return taken.digest

    def _staging(self) -> Path:
        self._root.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=self._root, prefix="."))

    def _keep(self, tree: Path, taken: Taken) -> None:
        beside = msgspec.json.encode(_Beside(_FORMAT, taken.meta))
        write_atomically(self._beside(taken.digest), beside, 0o600)
        if not self.files(taken.digest).exists():
            tree.rename(self.files(taken.digest))
        self._metas[taken.digest] = taken.meta
        self._damaged.pop(taken.digest, None)

    @property
    def resources(self) -> Path:
        """The folder of the files that were given as resources; machines read them there."""
        folder = self._root / "resources"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def take_resource(self, source: Path, filename: str) -> Path:
        """Copy a file under the name its charm expects; the user's own may then change or go."""
        staging = Path(tempfile.mkdtemp(dir=self.resources, prefix="."))
        try:
            digest = _copy_file(source, staging / filename)
            target = self.resources / digest / filename
            if not target.exists():
                target.parent.mkdir(exist_ok=True)
                (staging / filename).replace(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return target

    def files(self, digest: str) -> Path:
        """Return the folder of a charm's files."""
        return self._root / digest

    def meta(self, digest: str) -> CharmMeta:
        """Return the metadata of a charm on the shelf; a damaged one is an error each time."""
        if digest in self._damaged:
            raise self._damaged[digest]
        if digest not in self._metas:
            try:
                self._metas[digest] = self._read(digest)
            except KafkastackError as error:
                self._damaged[digest] = KafkastackError(
                    f"charm {digest} on the shelf is damaged: {error.message}",
                    "exchange it: kafkastack refresh APPLICATION --path FOLDER",
                )
                raise self._damaged[digest] from error
        return self._metas[digest]

    def _read(self, digest: str) -> CharmMeta:
        try:
            found = msgspec.json.decode(self._beside(digest).read_bytes(), type=_Beside)
            if found.format == _FORMAT:
                return found.meta
        except (FileNotFoundError, msgspec.DecodeError):
            pass  # of an older version, which read the charm's files each time
        files = self.files(digest)
        return describe(files, read_metadata(files), self._provider)

    def _beside(self, digest: str) -> Path:
        return self._root / f"{digest}.json"


def _copy_file(source: Path, target: Path) -> str:
    """Copy a regular file, and return the digest of what was copied."""
    digest, size = hashlib.sha256(), 0
    with (
        os.fdopen(open_regular(source), "rb", buffering=0) as stream,
        target.open("xb", buffering=0) as copy,
    ):
        while data := stream.read(_CHUNK):
            digest.update(data)
            size += copy.write(data)
            if size > _MOST_OF_RESOURCE:
                raise KafkastackError(f"{source} is larger than {_MOST_OF_RESOURCE >> 30} GiB")
    return digest.hexdigest()[:20]
