"""What the watcher tells the charm, and that it does so once."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.charms.kafka.modules import CHARM, watcher

ADDRESS = "127.83.9.200"


@pytest.fixture
def door() -> watcher.Door:
    with socket.create_server((ADDRESS, 0)) as free:
        return watcher.Door(ADDRESS, free.getsockname()[1])


@contextmanager
def listening(door: watcher.Door) -> Iterator[None]:
    """Accept connections and end all of them afterwards, as a broker that dies."""
    kept: list[socket.socket] = []
    server = socket.create_server((door.address, door.port), reuse_port=False)

    def accept() -> None:
        while True:
            try:
                kept.append(server.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()
        for connection in kept:
            connection.close()


@contextmanager
def watching(door: watcher.Door, folder: Path) -> Iterator[Path]:
    """Run the watcher as its service does: any Python, no packages, no environment."""
    told = folder / "told"
    tell = folder / "juju-exec"
    tell.write_text(f'#!/bin/sh\necho "$@" >> "{told}"\n')
    tell.chmod(0o755)
    words = {
        "address": door.address,
        "port": door.port,
        "juju-exec": tell,
        "unit": "kafka/0",
        "dispatch": "/with blank/dispatch",
        "ready": folder / "ready",
        "unfinished": folder / "unfinished",
    }
    options = [part for name, value in words.items() for part in (f"--{name}", str(value))]
    process = subprocess.Popen(
        [sys.executable, "-IS", str(CHARM / "src" / "watcher.py"), *options]
    )
    try:
        yield told
    finally:
        process.terminate()
        process.wait()


def wait_for_lines(told: Path, number: int) -> list[str]:
    deadline = time.monotonic() + 20
    while True:
        lines = told.read_text().splitlines() if told.exists() else []
        if len(lines) >= number:
            return lines
        assert time.monotonic() < deadline, f"told {len(lines)} times, not {number}"
        time.sleep(0.02)


def test_a_broker_that_comes_is_told_soon(tmp_path: Path, door: watcher.Door) -> None:
    with watching(door, tmp_path) as told, listening(door):
        began = time.monotonic()
        lines = wait_for_lines(told, 1)
        assert time.monotonic() - began < 5, "about a tenth of a second on an idle machine"
    assert lines[0] == "kafka/0 JUJU_DISPATCH_PATH=hooks/broker-changed '/with blank/dispatch'"


def test_a_death_is_told_while_nobody_asks(tmp_path: Path, door: watcher.Door) -> None:
    (tmp_path / "ready").touch()
    with watching(door, tmp_path) as told:
        with listening(door):
            is_quiet = not told.exists()
        wait_for_lines(told, 1)
    assert is_quiet


def test_a_charm_that_has_not_finished_is_called_again(tmp_path: Path, door: watcher.Door) -> None:
    for note in ("ready", "unfinished"):
        (tmp_path / note).touch()
    with listening(door), watching(door, tmp_path) as told:
        wait_for_lines(told, 2)


def test_a_broker_that_is_restarted_is_not_mentioned(tmp_path: Path, door: watcher.Door) -> None:
    began = time.monotonic()
    with listening(door):
        assert watcher.is_listening(door, 5)
    assert time.monotonic() - began < 2
    assert not watcher.is_listening(door, 0.2)
