"""Download of jars from a Maven repository: all at once, to a staging folder, checked, renamed."""

import hashlib
import os
import re
import shutil
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

import requests

from kafkastack.artifacts.cache import disk_errors
from kafkastack.artifacts.certificates import ca_bundle, trust_system
from kafkastack.artifacts.lockfile import LockedJar
from kafkastack.artifacts.progress import Progress, Report
from kafkastack.artifacts.remotes import Remote
from kafkastack.artifacts.verified import mark_verified
from kafkastack.errors import DownloadError
from kafkastack.system.folders import make_folder

_WORKERS = 8
_CHUNK = 1 << 16
_TIMEOUT = (10, 30)  # seconds to connect, seconds without a byte
# What the HTTP library buries in its texts, and how to say it.
_REASONS = (
    (r"IncompleteRead\((\d+) bytes", r"it ended after \1 bytes"),
    (r"timed out", "no answer in time"),
    (r"\[SSL: \w+\] ([^(]+)", r"\1"),
    (r"\[Errno -?\d+\] ([^')\"]+)", r"\1"),
    (r"(Tunnel connection failed: [^')\"]+)", r"\1"),
)
_AGAIN = "run the same command again: what is complete is kept"


def download(jars: Sequence[LockedJar], folder: Path, remote: Remote, report: Report) -> None:
    """Put jars into `folder`, one error for the first that fails; complete ones stay.

    Only one process may do this at a time: the caller holds the folder's lock.
    """
    staging = folder / ".staging"
    with disk_errors(folder):
        shutil.rmtree(staging, ignore_errors=True)
        make_folder(staging, 0o700)
        try:
            trust_system()
            _Downloads(remote, report, sum(jar.size for jar in jars)).fetch(jars, staging, folder)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


class _Downloads:
    def __init__(self, remote: Remote, report: Report, total: int) -> None:
        self._remote = remote
        self._base = remote.url or central()
        self._report = report
        self._received: dict[str, int] = {}
        self._total = total
        self._local = threading.local()
        self._turn = threading.Lock()
        self._stopped = threading.Event()

    def fetch(self, jars: Sequence[LockedJar], staging: Path, folder: Path) -> None:
        largest_first = sorted(jars, key=lambda jar: -jar.size)
        pool = ThreadPoolExecutor(_WORKERS)
        try:
            futures = [pool.submit(self._one, jar, staging, folder) for jar in largest_first]
            for future in as_completed(futures):
                future.result()
        finally:
            self._stopped.set()
            pool.shutdown(cancel_futures=True)

    def _one(self, jar: LockedJar, staging: Path, folder: Path) -> None:
        staged = staging / jar.file
        for is_last in (False, True):
            try:
                self._receive_checked(jar, staged)
                break
            except DownloadError:
                if is_last or self._stopped.is_set():
                    raise
        mark_verified(staged)
        staged.replace(folder / jar.file)

    def _receive_checked(self, jar: LockedJar, staged: Path) -> None:
        with disk_errors(staged), _network_errors(jar):
            digest, received = self._receive(jar, staged)
        if digest != jar.sha256:
            length = "more" if received > jar.size else str(received)
            raise DownloadError(
                f"{jar.file} is refused: {length} bytes arrived that are not the "
                f"{jar.size} bytes of the lock file",
                f"{_AGAIN}; if it stays so, ask who runs your mirror or proxy",
            )

    def _receive(self, jar: LockedJar, staged: Path) -> tuple[str, int]:
        digest = hashlib.sha256()
        received = 0
        with (
            self._session().get(f"{self._base}/{jar.path}", stream=True, timeout=_TIMEOUT) as r,
            staged.open("wb") as stream,
        ):
            r.raise_for_status()
            for chunk in r.iter_content(_CHUNK):
                received += len(chunk)
                if self._stopped.is_set() or received > jar.size:
                    break
                stream.write(chunk)
                digest.update(chunk)
                self._tell(received, jar.file)
        return digest.hexdigest(), received

    def _tell(self, received: int, file: str) -> None:
        with self._turn:
            self._received[file] = received
            self._report(Progress("download", sum(self._received.values()), self._total, file))

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = requests.Session()
            session.auth = self._remote.auth
            session.headers["Accept-Encoding"] = "identity"  # a jar's own bytes, and their count
            session.proxies.update(self._remote.proxies)
            if bundle := ca_bundle(os.environ):
                session.verify = bundle
            self._local.session = session
        return self._local.session


def central() -> str:
    """Return the address of Maven Central."""
    from jgo.constants import MAVEN_CENTRAL_URL

    return MAVEN_CENTRAL_URL


@contextmanager
def _network_errors(jar: LockedJar) -> Generator[None]:
    try:
        yield
    except requests.HTTPError as error:
        raise DownloadError(
            f"cannot download {jar.file}: the repository answered {reason(error)}",
            "check the mirror in ~/.m2/settings.xml, if you have one",
        ) from error
    except requests.RequestException as error:
        raise DownloadError(
            f"cannot download {jar.file}: {reason(error)}",
            f"check the network, HTTPS_PROXY, SSL_CERT_FILE and ~/.m2/settings.xml; {_AGAIN}",
        ) from error


def reason(error: Exception) -> str:
    """Return the point of a network error, without the password of an address."""
    text = str(error)
    for pattern, words in _REASONS:
        if match := re.search(pattern, text):
            return match.expand(words).strip()
    return re.sub(r"//[^/@\s]+@", "//", text)
