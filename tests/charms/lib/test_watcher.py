"""Reports of the watcher to a charm, each sent once."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from kafkastack_charms import watcher

from tests.fakes.addresses import reserve_block
from tests.fakes.waiting import wait_until

ADDRESS = f"{reserve_block()}.1"


@pytest.fixture
def place() -> watcher.Place:
    with socket.create_server((ADDRESS, 0)) as free:
        return watcher.Place(ADDRESS, free.getsockname()[1])


@contextmanager
def listening(place: watcher.Place, words: bytes = b"ok") -> Iterator[list[socket.socket]]:
    """Answer every connection and end all of them afterwards, as a server that dies.

    Give the connections that were answered.
    """
    kept: list[socket.socket] = []
    server = socket.create_server((place.address, place.port), reuse_port=False)

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with suppress(OSError):
                connection.sendall(words)
            kept.append(connection)

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()
        for connection in kept:
            connection.close()


@contextmanager
def watching(place: watcher.Place, folder: Path) -> Iterator[Path]:
    """Run the watcher as its service does: any Python, no packages, no environment."""
    told = folder / "told"
    tell = folder / "juju-exec"
    tell.write_text(f'#!/bin/sh\necho "$@" >> "{told}"\n')
    tell.chmod(0o755)
    (folder / "probe.py").write_text("def ask(stream):\n    return stream.recv(2) == b'ok'\n")
    words = {
        "address": place.address,
        "port": place.port,
        "juju-exec": tell,
        "unit": "kafka/0",
        "dispatch": "/with blank/dispatch",
        "charm": folder,
        "probe": folder / "probe.py",
    }
    options = [part for name, value in words.items() for part in (f"--{name}", str(value))]
    process = subprocess.Popen([sys.executable, "-IS", watcher.__file__, *options])
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


def test_a_server_that_comes_is_told(tmp_path: Path, place: watcher.Place) -> None:
    with watching(place, tmp_path) as told, listening(place):
        lines = wait_for_lines(told, 1)
    assert lines[0] == "kafka/0 JUJU_DISPATCH_PATH=hooks/server-changed '/with blank/dispatch'"


def test_a_death_is_told_while_nobody_asks(tmp_path: Path, place: watcher.Place) -> None:
    (tmp_path / watcher.READY).touch()
    with watching(place, tmp_path) as told:
        with listening(place) as answered:
            wait_until(lambda: answered, what="a question of the watcher")
            is_quiet = not told.exists()
        wait_for_lines(told, 1)
    assert is_quiet


def test_a_charm_that_has_not_finished_is_called_again(
    tmp_path: Path, place: watcher.Place
) -> None:
    for note in (watcher.READY, watcher.UNFINISHED):
        (tmp_path / note).touch()
    with listening(place), watching(place, tmp_path) as told:
        wait_for_lines(told, 2)


def test_one_that_accepts_connections_and_answers_nothing_is_told(
    tmp_path: Path, place: watcher.Place
) -> None:
    (tmp_path / watcher.READY).touch()
    with listening(place, b""), watching(place, tmp_path) as told:
        wait_for_lines(told, 1)


def ask(stream: socket.socket) -> bool:
    return stream.recv(2) == b"ok"


def test_a_server_that_comes_is_waited_for(place: watcher.Place) -> None:
    tries = list[int]()

    def counted(stream: socket.socket) -> bool:
        tries.append(1)
        return ask(stream) and len(tries) > 2

    with ThreadPoolExecutor() as pool, listening(place):
        assert pool.submit(watcher.answers, place, counted, 30).result()
    assert len(tries) == 3


def test_a_question_that_was_lost_is_asked_once_more(place: watcher.Place) -> None:
    """One thread of a broker may be held up by something else, as a name that it looks up."""
    tries = list[int]()

    def held_up(stream: socket.socket) -> bool:
        tries.append(1)
        return ask(stream) and (len(tries) > 1 or bool(stream.recv(1)))

    with listening(place):
        found = watcher.question(place, held_up, watcher.GRACE, watcher.AGAIN)
    assert found
    found.stream.close()


def test_a_server_that_stays_away_is_given_up(place: watcher.Place) -> None:
    assert not watcher.answers(place, ask)
    assert not watcher.answers(place, ask, 0.2)


def test_what_answers_something_else_does_not_serve(place: watcher.Place) -> None:
    with listening(place, b"no"):
        assert not watcher.answers(place, ask)
