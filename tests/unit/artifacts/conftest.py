"""A Maven repository on 127.0.0.1 whose files a test can spoil, and a distribution in it."""

import hashlib
import io
import ssl
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kafkastack.artifacts.distributions import Distribution, RunnableJar
from kafkastack.artifacts.lockfile import LockedJar, format_lock
from kafkastack.artifacts.progress import Progress
from kafkastack.artifacts.remotes import Remote


@dataclass
class Repository:
    """Answers each path with what `files` holds; the rest spoils an answer."""

    files: dict[str, bytes]
    cut: dict[str, int] = field(default_factory=dict)
    cut_once: dict[str, int] = field(default_factory=dict)
    held: dict[str, threading.Event] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    wrap: Callable[[ssl.SSLContext], None] = lambda _: None

    @property
    def remote(self) -> Remote:
        return Remote(self.url)


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    repository: Repository

    def do_GET(self) -> None:
        path = self.path.lstrip("/")
        self.repository.asked.append(path.rpartition("/")[2])
        self.repository.headers.append(dict(self.headers))
        content = self.repository.files.get(path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if held := self.repository.held.get(path):
            held.wait(30)
        end = self.repository.cut_once.pop(path, self.repository.cut.get(path, len(content)))
        self.wfile.write(content[:end])
        self.close_connection = end < len(content)

    def do_HEAD(self) -> None:
        self.send_response(200)
        path = self.path.lstrip("/")
        self.send_header("Content-Length", str(len(self.repository.files.get(path, b""))))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that was killed is what some tests are about."""


def tiny_jar(name: str, size: int = 3000) -> bytes:
    """Return a jar of one class."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as jar:
        jar.writestr(zipfile.ZipInfo(f"{name}/Main.class"), name.encode() * size)
    return buffer.getvalue()


def lock_of(group: str, artifact: str, version: str, content: bytes) -> LockedJar:
    digest = hashlib.sha256(content).hexdigest()
    return LockedJar(group, artifact, version, len(content), digest)


@pytest.fixture
def jars() -> dict[LockedJar, bytes]:
    contents = {name: tiny_jar(name) for name in ("alpha", "beta", "gamma")}
    return {lock_of("org.example", n, "1.0", content): content for n, content in contents.items()}


@pytest.fixture
def repository(jars: dict[LockedJar, bytes]) -> Iterator[Repository]:
    found = Repository({jar.path: content for jar, content in jars.items()})
    handler = type("Answers", (_Answers,), {"repository": found})
    server = _Server(("127.0.0.1", 0), handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}"

    def wrap(context: ssl.SSLContext) -> None:
        server.socket = context.wrap_socket(server.socket, server_side=True)

    found.wrap = wrap
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    for held in found.held.values():
        held.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def distribution(jars: dict[LockedJar, bytes], tmp_path: Path) -> Distribution:
    locks = tmp_path / "locks"
    locks.mkdir()
    (locks / "tiny-1.lock").write_text(format_lock("tiny-1", jars))
    runnable = (RunnableJar("tiny.jar", "alpha.Main"), RunnableJar("b.jar", "b.Main", ("beta-*",)))
    return Distribution("tiny-1", "1", "1", (), runnable, locks)


class Reports(list[Progress]):
    """Progress as a list."""

    def __call__(self, progress: Progress) -> None:
        self.append(progress)

    def texts(self, phase: str) -> list[str]:
        return [progress.file for progress in self if progress.phase == phase]


@pytest.fixture
def reports() -> Reports:
    return Reports()
