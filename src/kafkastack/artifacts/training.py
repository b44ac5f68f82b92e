"""Training runs for the JVM's class archives: a real ZooKeeper and a real Kafka, started once."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from kafkastack.artifacts.recipes import (
    CONFIG,
    KEYSTORE,
    LOGGING,
    PORTS,
    TRUSTSTORE,
    Program,
    Server,
)
from kafkastack.errors import KafkastackError
from kafkastack.system.programs import run

# What the charms use, but for the heap: the archive is made for this collector.
FLAGS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xmx256m")
ADDRESS = "127.0.0.1"
_SECONDS = 240  # a start and the dump at its end, on a machine that does much else
_UNWANTED = ("CLASSPATH", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")


def train(java: Path, servers: Sequence[Server], jars: Path, scratch: Path) -> None:
    """Start the jars of a folder one after the other and end them in the reverse order.

    Each is asked for what our charms ask of it, and leaves its archive in `scratch` as
    `<jar's stem>.jsa`. KafkastackError has the last words of a program that fails.
    """
    values = {**_free_ports(), "address": ADDRESS}
    with ExitStack() as running:
        for server in servers:
            ours = server.filled({**values, "folder": str(scratch / server.jar)})
            running.enter_context(_started(java, ours, jars, scratch))


@contextmanager
def _started(java: Path, server: Server, jars: Path, scratch: Path) -> Generator[None]:
    folder = scratch / server.jar
    folder.mkdir(mode=0o700)
    for name, text in server.files.items():
        (folder / name).write_text(text)
    if KEYSTORE in server.files[CONFIG]:
        _write_stores(folder)
    words = [*_ends_with_us(), str(java), *FLAGS, "-cp", str(jars / f"{server.jar}.jar")]
    words += [f"-D{server.logging_property}=file:{folder / LOGGING}", *server.flags]
    for program in server.before:
        _run(words, program)
    archive = f"-XX:ArchiveClassesAtExit={scratch / server.jar}.jsa"
    with _process([*words, archive, server.main, str(folder / CONFIG)]) as process:
        _wait_until_ready(process, server)
        with ThreadPoolExecutor() as at_once:
            list(at_once.map(partial(_run, words), server.exercises))
        yield


def _write_stores(folder: Path) -> None:
    """Write a key with a certificate that only this server trusts."""
    # Imported here: what asks whether an archive fits needs none of it.
    from kafkastack.artifacts.self_signed import make

    key, certificate = make("training", ADDRESS)
    (folder / KEYSTORE).write_text(key + certificate)
    (folder / TRUSTSTORE).write_text(certificate)


def _run(words: Sequence[str], program: Program) -> None:
    done = run([*words, *program], timeout=_SECONDS, env=_environment())
    if done.returncode:
        raise KafkastackError(f"{program[0]} fails: {done.output.strip()[-500:]}")


@contextmanager
def _process(words: Sequence[str]) -> Generator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=_environment(),
    )
    deadline = threading.Timer(_SECONDS, process.kill)
    deadline.start()
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()
        deadline.cancel()


def _wait_until_ready(process: subprocess.Popen[bytes], server: Server) -> None:
    assert process.stdout  # noqa: S101  # it was asked for
    said: list[str] = []
    for line in process.stdout:
        text = line.decode(errors="replace")
        if server.ready in text:
            # Nobody listens any more: a full pipe would stop the server.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return
        if "[cds]" not in text:  # what cannot be archived, told at the end of every run
            said.append(text)
    raise KafkastackError(f"{server.jar} does not start: {''.join(said[-5:]).strip()}")


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _UNWANTED}


def _ends_with_us() -> list[str]:
    """Return words before a program that end it with this process, even by kill -9."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


def _free_ports() -> dict[str, str]:
    with ExitStack() as probes:
        sockets = {name: probes.enter_context(socket.socket()) for name in PORTS}
        for probe in sockets.values():
            probe.bind((ADDRESS, 0))
        return {name: str(probe.getsockname()[1]) for name, probe in sockets.items()}
