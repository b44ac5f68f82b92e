"""Readings of what a stranger wrote, in a child that can do no harm."""

import asyncio
import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.system import bounded
from kafkastack.system.bounded import Limits
from tests.fakes.waiting import wait_until

USUAL = Limits()
SOON = Limits(seconds=0.3)


class Found(msgspec.Struct, frozen=True):
    name: str
    path: Path


@pytest.fixture(autouse=True)
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    bounded.close()
    yield
    bounded.close()


def describe(path: Path, words: tuple[str, ...]) -> Found:
    return Found(" ".join(words), path)


def own_pid() -> tuple[int, int]:
    return os.getpid(), os.getppid()


def open_files() -> tuple[str, ...]:
    reader = Path(f"/proc/{os.getppid()}/fd")
    return tuple(str(descriptor.readlink()) for descriptor in reader.iterdir())


def refuse() -> None:
    raise NotFoundError("no such charm", "name another")


def spin() -> None:
    while True:
        pass


def block(path: Path) -> str:
    return path.read_text()


def grow() -> int:
    return len([bytes(1 << 20) for _ in range(1000)])


def say_much() -> str:
    return "x" * 2_000_000


def write(path: Path) -> None:
    path.write_bytes(bytes(2000))


def crash() -> None:
    ctypes.string_at(0)


def break_down() -> None:
    raise ValueError("of nobody's making")


def nest(depth: int) -> int:
    return nest(depth + 1) if depth else 0


def start_a_program(path: Path) -> None:
    pid = os.fork()
    if pid == 0:
        time.sleep(100)
    path.write_text(str(pid))


def no_result() -> Any:
    return object()


def call(function: Any, *arguments: Any, limits: Limits = USUAL) -> Any:
    return bounded.call_now(function, *arguments, what="charm x", limits=limits)


def test_arguments_and_result_keep_their_types() -> None:
    path = Path(os.fsdecode(b"/a \xff\xc3\xa4"))

    assert call(describe, path, ("a", "b")) == Found("a b", path)


def test_the_loop_of_a_controller_goes_on_meanwhile() -> None:
    async def both() -> tuple[Any, ...]:
        slow = bounded.call(spin, what="bundle y", limits=SOON)
        quick = [bounded.call(own_pid, what="charm x") for _ in range(6)]
        return tuple(await asyncio.gather(slow, *quick, return_exceptions=True))

    slow, *quick = asyncio.run(both())

    assert str(slow).startswith("bundle y cannot be read: it takes longer than 0.3 s\n")
    assert len({pid for pid, _ in quick}) == 6
    assert {parent for _, parent in quick} != {os.getpid()}


def test_a_known_error_is_passed_on_as_it_is() -> None:
    with pytest.raises(NotFoundError) as caught:
        call(refuse)

    assert (caught.value.message, caught.value.advice) == ("no such charm", "name another")


@pytest.mark.parametrize(
    ("function", "arguments", "limits", "reason"),
    [
        (spin, (), SOON, "it takes longer than 0.3 s"),
        (grow, (), Limits(megabytes=50), "it needs more than 50 MB"),
        (nest, (1,), Limits(), "it is nested too deeply"),
        (crash, (), Limits(), "its reader was ended by signal 11, SIGSEGV"),
        (say_much, (), Limits(result_bytes=1000), "it says more than 1,000 bytes"),
        (break_down, (), Limits(), "ValueError: of nobody's making (test_bounded.py:"),
        (no_result, (), Limits(), "NotImplementedError: object is no result"),
        (block, (Path("/nowhere"),), Limits(), "No such file or directory: /nowhere"),
    ],
)
def test_whatever_happens_is_one_sentence_that_names_what_was_read(
    function: Any, arguments: tuple[Any, ...], limits: Limits, reason: str
) -> None:
    with pytest.raises(KafkastackError) as caught:
        call(function, *arguments, limits=limits)

    assert type(caught.value) is KafkastackError
    assert caught.value.message.startswith(f"charm x cannot be read: {reason}")


def test_a_file_that_never_ends_or_never_begins_is_given_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    for path, reason in ((tmp_path / "pipe", "takes longer"), (Path("/dev/zero"), "needs more")):
        with pytest.raises(KafkastackError, match=reason):
            call(block, path, limits=Limits(seconds=2))


def test_files_have_the_size_that_was_allowed(tmp_path: Path) -> None:
    with pytest.raises(KafkastackError, match="File too large"):
        call(write, tmp_path / "new", limits=Limits(file_bytes=1000))

    call(write, tmp_path / "new", limits=Limits(file_bytes=2000))


def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    call(start_a_program, tmp_path / "pid", limits=Limits(file_bytes=100))

    pid = int((tmp_path / "pid").read_text())
    wait_until(lambda: not _alive(pid))


def test_a_reader_that_was_killed_is_replaced() -> None:
    _, first = call(own_pid)
    os.kill(first, signal.SIGKILL)

    _, second = call(own_pid)

    assert second != first


def test_a_reader_that_is_stopped_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    _, first = call(own_pid)
    os.kill(first, signal.SIGSTOP)
    monkeypatch.setattr(bounded, "_START_SECONDS", 1.0)

    def let_another_start() -> None:
        wait_until(lambda: not _alive(first))
        monkeypatch.setattr(bounded, "_START_SECONDS", 60.0)

    with ThreadPoolExecutor() as pool:
        patient = pool.submit(let_another_start)
        _, second = call(own_pid)
        patient.result()

    assert second != first


def test_a_stopped_reader_with_many_requests_blocks_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, first = call(own_pid)
    os.kill(first, signal.SIGSTOP)
    monkeypatch.setattr(bounded, "_START_SECONDS", 5.0)
    warm = bounded._warm
    ours, theirs = socket.socketpair()

    with ours, theirs:
        for _ in range(2000):
            warm.send(b"{}", theirs)

    assert call(own_pid)[1] != first


def test_signals_that_the_caller_blocks_are_none_for_the_reader() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGCHLD})
    try:
        with pytest.raises(KafkastackError, match=r"it takes longer than 0\.3 s"):
            call(spin, limits=SOON)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def test_a_reader_that_cannot_start_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    with pytest.raises(KafkastackError, match="does not start: No such file") as caught:
        call(own_pid)

    assert "ulimit -u" in caught.value.advice


def test_the_reader_is_kept_warm_until_it_is_closed() -> None:
    _, first = call(own_pid)
    _, second = call(own_pid)
    bounded.close()

    assert first == second
    assert not _alive(first)


def test_a_reader_that_was_made_early_ends_if_nobody_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bounded, "_IDLE_SECONDS", 0.1)

    async def begin() -> None:
        bounded.fork()
        reader = bounded._warm._process  # pyright: ignore[reportPrivateUsage]
        assert isinstance(reader, bounded._Fork)  # pyright: ignore[reportPrivateUsage]
        bounded.end_when_idle()
        async with asyncio.timeout(30):
            while _alive(reader.pid):
                await asyncio.sleep(0.02)

    asyncio.run(begin())


def test_a_reader_that_is_a_fork_reads_as_any_other() -> None:
    bounded.fork()
    reader = bounded._warm._process  # pyright: ignore[reportPrivateUsage]
    assert isinstance(reader, bounded._Fork)  # pyright: ignore[reportPrivateUsage]

    first, parent = call(own_pid)
    with pytest.raises(KafkastackError, match=r"it takes longer than 0\.3 s"):
        call(spin, limits=SOON)

    assert parent == reader.pid
    assert first not in (parent, os.getpid())


def test_a_reader_that_is_a_fork_holds_nothing_of_who_made_it_open(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        bounded.fork()

        assert str(tmp_path / "lock") not in call(open_files)


def test_a_reader_that_is_a_fork_and_has_died_is_replaced() -> None:
    bounded.fork()
    _, first = call(own_pid)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not _alive(first), what="the reader's end")

    assert call(own_pid)[1] != first


def test_a_call_that_is_cancelled_ends_its_child(tmp_path: Path) -> None:
    async def cancel() -> None:
        calling = asyncio.create_task(
            bounded.call(note_and_spin, tmp_path / "pid", what="x", limits=Limits(file_bytes=100))
        )
        while not (tmp_path / "pid").exists():
            assert not calling.done(), calling.exception()
            await asyncio.sleep(0.01)
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)

    asyncio.run(cancel())

    wait_until(lambda: not _alive(int((tmp_path / "pid").read_text())))


def note_and_spin(path: Path) -> None:
    path.with_suffix(".new").write_text(str(os.getpid()))
    path.with_suffix(".new").rename(path)
    spin()


def _alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
