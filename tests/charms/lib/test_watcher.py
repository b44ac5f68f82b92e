"""What the watcher tells the charm, and that it does so once."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.charms.kafka.modules import CHARM, watcher
from tests.fakes.addresses import reserve_block
from tests.fakes.waiting import wait_until

ADDRESS = f"{reserve_block()}.1"


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
    def lines() -> list[str]:
        return told.read_text().splitlines() if told.exists() else []

    wait_until(lambda: len(lines()) >= number, what=f"the word of the watcher, {number} times")
    return lines()


def test_a_broker_that_comes_is_told(tmp_path: Path, door: watcher.Door) -> None:
    with watching(door, tmp_path) as told, listening(door):
        lines = wait_for_lines(told, 1)
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


def test_a_broker_that_is_restarted_is_not_mentioned(
    door: watcher.Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries, connect = list[watcher.Door](), watcher.connect
    monkeypatch.setattr(watcher, "connect", lambda door: (tries.append(door), connect(door))[1])
    with ThreadPoolExecutor() as pool:
        patient = pool.submit(watcher.is_listening, door, 30)
        wait_until(lambda: len(tries) > 1, 10, "another try")
        with listening(door):
            assert patient.result()


def test_a_broker_that_stays_away_is_given_up(door: watcher.Door) -> None:
    assert not watcher.is_listening(door)
    assert not watcher.is_listening(door, 0.2)
