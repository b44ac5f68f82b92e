"""Where a charm's resources come from: what the user gave, else what the channel names."""

import asyncio
import json
import sys
from pathlib import Path

from kafkastack.errors import EXIT_CODES, DownloadError, NotFoundError
from kafkastack.model.records import Application, Charm
from kafkastack.store.store import Store


class Resources:
    """Fetches artifacts in a child process, each once however many units ask."""

    def __init__(self, store: Store, *, share_files: bool) -> None:
        """`share_files`: the machines see this host's caches, so thin jars will do."""
        self._store = store
        self._words = () if share_files else ("--fat",)
        self._fetching: dict[str, asyncio.Task[Path]] = {}
        self._ready: dict[str, tuple[Path, int]] = {}  # with the file's mtime, in ns

    async def fetch(self, model: str, application: str, resource: str) -> Path:
        """Return the file of a resource; downloads it if it is not there yet."""
        record = self._store.get(Application, model, application)
        if given := record.resources.get(resource):
            return Path(given)
        artifact = self._store.get(Charm, model, record.charm).resources.get(resource)
        if artifact is None:
            raise NotFoundError(
                f'resource "{resource}" of {application} is not available',
                f"deploy it with --resource {resource}=FILE",
            )
        return self._known(artifact) or await self._fetch_once(artifact)

    def _known(self, artifact: str) -> Path | None:
        """Return an artifact that was made ready before, as long as its file is the same."""
        path, modified = self._ready.get(artifact, (None, 0))
        return path if path and _modified(path) == modified else None

    async def _fetch_once(self, artifact: str) -> Path:
        if artifact not in self._fetching or self._fetching[artifact].done():
            self._fetching[artifact] = asyncio.create_task(_fetch(*self._words, artifact))
        path = await asyncio.shield(self._fetching[artifact])
        self._ready[artifact] = (path, _modified(path))
        return path


def _modified(path: Path) -> int:
    """Return when a file was written, in ns; -1 if it is gone."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return -1


async def _fetch(*words: str) -> Path:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "kafkastack.artifacts", *words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    if process.returncode:
        kind = EXIT_CODES.get(process.returncode, DownloadError)
        raise kind(errors.decode(errors="replace").strip() or f"cannot fetch {words[-1]}")
    return Path(json.loads(out.decode().splitlines()[-1])["path"])
