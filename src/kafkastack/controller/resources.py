"""Resources of a charm: what the user gave, else what the channel names."""

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from types import MappingProxyType

from kafkastack.artifacts.progress import IN_BYTES, Progress, amount, title
from kafkastack.artifacts.verified import refused
from kafkastack.errors import EXIT_CODES, DownloadError, NotFoundError
from kafkastack.model.records import Application, Charm
from kafkastack.store.store import Store
from kafkastack.system.programs import OTHERS_READ

Tell = Callable[[str], None]


class Resources:
    """Fetches artifacts in a child process, each once however many units ask."""

    def __init__(
        self,
        store: Store,
        *,
        share_files: bool,
        at_hand: Callable[[str], Path | None],
        check: Callable[[str], tuple[str, ...]] = lambda _: (),
        begun: Mapping[str, Future[tuple[str, ...]]] = MappingProxyType({}),
        program: Sequence[str] = (sys.executable, "-m", "kafkastack.artifacts"),
        tell_seconds: float = 1.0,
    ) -> None:
        """`share_files`: the machines see this host's caches, so thin jars will do.

        `at_hand` finds a thin jar for which nothing is left to do, without a child process.
        `check` reads every byte of an artifact, and returns the names of what was spoiled;
        `begun` are readings of distributions that were begun before.
        """
        self._store = store
        self._program = (*program, *(() if share_files else ("--fat",)))
        self._at_hand = at_hand if share_files else _nothing
        self._check = check if share_files else _nothing_spoiled  # a fat jar is checked as made
        self._checks = {name: asyncio.wrap_future(future) for name, future in begun.items()}
        self._tell_seconds = tell_seconds
        self._fetching: dict[str, asyncio.Task[Path]] = {}
        self._waiting = defaultdict[str, list[Tell]](list)
        self._ready: dict[str, tuple[Path, int]] = {}  # with the file's mtime, in ns

    async def fetch(self, model: str, application: str, resource: str, tell: Tell) -> Path:
        """Return the file of a resource; downloads it if it is not there yet.

        `tell` is called with how far it is, about once a second of a fetch that takes longer.
        """
        record = self._store.get(Application, model, application)
        if given := record.resources.get(resource):
            return Path(given)
        artifact = self._store.get(Charm, model, record.charm).resources.get(resource)
        if artifact is None:
            raise NotFoundError(
                f'resource "{resource}" of {application} is not available',
                f"deploy it with --resource {resource}=FILE",
            )
        path = self._known(artifact)
        if path is None:
            spoiled = await asyncio.shield(self._checked(artifact))
            with refused(artifact, spoiled):
                path = self._at_hand(artifact) or await self._fetch_once(artifact, tell)
        self._ready[artifact] = (path, _modified(path))
        return path

    def check_early(self, artifacts: Iterable[str]) -> None:
        """Begin to read artifacts before a unit asks for them."""
        for artifact in artifacts:
            task = self._checked(artifact)
            task.add_done_callback(lambda task: task.cancelled() or task.exception())

    def _checked(self, artifact: str) -> asyncio.Future[tuple[str, ...]]:
        """Return the one reading of a distribution in this process; it is never on the loop."""
        distribution = artifact.partition("/")[0]
        task = self._checks.get(distribution)
        if task is None or (task.done() and _has_to_be_repeated(task)):
            task = asyncio.create_task(asyncio.to_thread(self._check, artifact))
            self._checks[distribution] = task
        return task

    def _known(self, artifact: str) -> Path | None:
        """Return an artifact that was made ready before, as long as its file is the same."""
        path, modified = self._ready.get(artifact, (None, 0))
        return path if path and _modified(path) == modified else None

    async def _fetch_once(self, artifact: str, tell: Tell) -> Path:
        if artifact not in self._fetching or self._fetching[artifact].done():
            self._fetching[artifact] = asyncio.create_task(self._fetch(artifact))
        self._waiting[artifact].append(tell)
        try:
            return await asyncio.shield(self._fetching[artifact])
        finally:
            self._waiting[artifact].remove(tell)

    async def _fetch(self, artifact: str) -> Path:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *self._program,
            artifact,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            umask=OTHERS_READ,  # machines read what it makes, each as a user of its own
        )
        assert process.stdout and process.stderr  # noqa: S101  # started with pipes
        errors, path = await asyncio.gather(
            process.stderr.read(), self._listen(artifact, process.stdout)
        )
        if code := await process.wait():
            kind = EXIT_CODES.get(code, DownloadError)
            raise kind(errors.decode(errors="replace").strip() or f"cannot fetch {artifact}")
        return Path(path)

    async def _listen(self, artifact: str, lines: asyncio.StreamReader) -> str:
        """Tell those who wait how far it is; return the path that comes last."""
        path, now = "", asyncio.get_running_loop().time
        told = now()
        async for line in lines:
            message = json.loads(line)
            path = message.get("path", "")
            if not path and now() - told >= self._tell_seconds:
                told = now()
                text = _text(artifact, Progress(**message))
                for tell in self._waiting[artifact]:
                    tell(text)
        return path


def _nothing(_: str) -> Path | None:
    return None


def _has_to_be_repeated(check: "asyncio.Future[tuple[str, ...]]") -> bool:
    return check.cancelled() or check.exception() is not None or bool(check.result())


def _nothing_spoiled(_: str) -> tuple[str, ...]:
    return ()


def _modified(path: Path) -> int:
    """Return when a file was written, in ns; -1 if it is gone."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return -1


def _text(artifact: str, progress: Progress) -> str:
    """Return a progress as a status shows it: "downloading kafka.jar 3.1/118.0 MB"."""
    words = f"{title(progress)} {amount(progress)}".split()
    words[0] = words[0].lower()
    if progress.phase in IN_BYTES:
        words.insert(-2, artifact.rpartition("/")[2])
    return " ".join(words)
