"""A fork of a warm interpreter is a process like any other: its code, its output, its end."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from kafkastack.agent.interpreters import (
    ZYGOTE,
    Dispatch,
    Interpreters,
    WarmInterpreter,
    WarmProcess,
)
from kafkastack.agent.zygote import SHORT
from kafkastack.clouds.processes import HostProcess, start_process
from kafkastack.clouds.protocol import Command, Machine, Process
from kafkastack.hooktools import client
from tests.fakes.waiting import wait_until

TOOLS = str(Path(client.__file__).parent)


class Host:
    """Only starts programs, as a machine does."""

    async def start(self, command: Command) -> HostProcess:
        return start_process(command)


class Warm:
    """A charm whose dispatches are forks."""

    def __init__(self, folder: Path, run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self.folder = folder
        self.run = run
        self.path = (str(folder / "src"), str(folder / "lib"))
        self.interpreters = Interpreters(cast(Machine, Host()), str(ZYGOTE))
        (folder / "src").mkdir()
        (folder / "venv/bin").mkdir(parents=True)
        (folder / "venv/bin/python").symlink_to(sys.executable)

    def start(self, script: str, **more: str) -> WarmProcess:
        """Start a fork that runs this script, with more in its environment."""
        return self.run(asyncio.wait_for(self._start(script, more), 60))

    def end(self, script: str) -> tuple[int, WarmProcess]:
        """Run a script to its end."""
        process = self.start(script)
        return self.run(process.wait()), process

    def library(self, text: str) -> None:
        """Put a library into the charm's folder, as charmcraft does."""
        path = self.folder / "lib/charms/shop/v0/counter.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    async def _start(self, script: str, more: dict[str, str]) -> WarmProcess:
        if script:
            (self.folder / "src/charm.py").write_text(script)
        out, err, note = (str(self.folder / name) for name in ("out", "err", "note"))
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **more}
        dispatch = Dispatch(str(self.folder), ("false",), env, out, err, note, TOOLS, self.path)
        process = await self.interpreters.start(dispatch)
        assert isinstance(process, WarmProcess)
        return process


@pytest.fixture
def warm(tmp_path: Path) -> Iterator[Warm]:
    with asyncio.Runner() as runner:
        made = Warm(tmp_path, runner.run)
        yield made
        runner.run(made.interpreters.close())


def test_short_output_comes_with_the_exit_code_and_leaves_no_file(warm: Warm):
    code, process = warm.end("import sys; print('á'); print('b', file=sys.stderr); sys.exit(3)")
    assert code == 3
    assert process.output == ("á\n", "b\n")
    assert not (warm.folder / "out").exists()
    assert not (warm.folder / "err").exists()


def test_long_output_stays_in_its_file(warm: Warm):
    code, process = warm.end(f"print('x' * {SHORT})")
    assert code == 0
    assert process.output is None
    assert (warm.folder / "out").read_text() == "x" * SHORT + "\n"


def test_a_traceback_is_output(warm: Warm):
    code, process = warm.end("raise ValueError('why')")
    assert code == 1
    assert process.output
    assert process.output[1].endswith("ValueError: why\n")


def test_a_kill_ends_the_children_of_a_fork(warm: Warm):
    process = warm.start("import subprocess; subprocess.run(['sleep', '1000'])")
    process.kill()
    assert warm.run(process.wait()) == -signal.SIGKILL
    wait_until(lambda: not _group_exists(process.pid))


def test_an_interpreter_that_has_gone_is_replaced(warm: Warm):
    _, first = warm.end("import os; print(os.getppid())")
    assert first.output
    os.kill(int(first.output[0]), signal.SIGKILL)
    second = _start_as_the_dispatcher_does(warm)
    assert warm.run(second.wait()) == 0
    assert second.output and second.output != first.output


def _group_exists(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _start_as_the_dispatcher_does(warm: Warm) -> WarmProcess:
    """Start again what meets the end of an interpreter."""
    while True:
        try:
            return warm.start("import os; print(os.getppid())")
        except ConnectionError:
            continue


def test_a_script_that_has_changed_is_run_as_it_stands(warm: Warm):
    codes = [warm.end(f"raise SystemExit({number})")[0] for number in (3, 4)]

    assert codes == [3, 4]


def test_a_script_that_is_not_there_is_output(warm: Warm):
    code, process = warm.end("")

    assert process.output is not None
    assert (code, "FileNotFoundError" in process.output[1]) == (1, True)


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [("if", 1, "SyntaxError"), ("0 is 0", 0, "SyntaxWarning"), ("'\0'", 1, "null bytes")],
)
def test_what_the_compiler_says_of_a_script_is_output(
    warm: Warm, script: str, code: int, said: str
):
    ended, process = warm.end(script)

    assert process.output is not None
    assert (ended, said in process.output[1]) == (code, True), process.output


READY, BEGUN = b'{"ready": 1}', b'{"id": 0, "pid": 1}'


@pytest.mark.parametrize(
    "line",
    [
        *(b"5", b"[]", b"null", b'"ready"', b"{}", b"[" * 60_000, b"x" * 200_000, b"\xff"),
        *(b'{"id": 7, "pid": 1}', b'{"id": 0, "pid": "x"}', b'{"id": 0, "code": "x"}'),
    ],
)
def test_who_writes_in_the_name_of_a_warm_interpreter_ends_it_and_nobody_waits(line: bytes):
    async def body() -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(b"\n".join([READY, READY, line, b""]))
        theirs, ours = os.pipe()
        ended = asyncio.get_running_loop().create_future()
        ended.set_result(-9)
        process = SimpleNamespace(stdout=reader, kill=reader.feed_eof, wait=lambda: ended)
        warm = WarmInterpreter(cast(Process, process), ours)
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(warm.run(Dispatch("/", (), {}, "", "", "", "")), 10)
        os.close(theirs)

    asyncio.run(body())


def test_a_warm_interpreter_that_is_stopped_keeps_nobody_from_going_on(warm: Warm):
    process = warm.start("import time; time.sleep(1000)")
    stopped = warm.interpreters._warm[str(warm.folder)]._process.pid  # pyright: ignore[reportPrivateUsage]
    os.kill(stopped, signal.SIGSTOP)
    told = []

    def tell() -> None:
        for _ in range(10_000):  # a pipe holds 64 KiB: who writes on would wait for ever
            process.terminate()
            told.append(process)

    telling = threading.Thread(target=tell, daemon=True)
    telling.start()
    telling.join(30)
    os.killpg(process.pid, signal.SIGKILL)  # it is no child of ours, and outlives its interpreter
    assert len(told) == 10_000


def test_an_interpreter_that_took_half_a_request_is_ended_and_replaced(warm: Warm):
    _, first = warm.end("import os; print(os.getppid())")
    with pytest.raises(ConnectionError, match=r"the interpreter took \d+ of \d+ bytes"):
        warm.start("", NO_PROXY="x" * 100_000)  # a pipe holds 64 KiB
    second = _start_as_the_dispatcher_does(warm)
    assert warm.run(second.wait()) == 0
    assert second.output and second.output != first.output


_USES_LIBRARY = "from charms.shop.v0 import counter; import os; print(counter.WHO, os.getpid())"


def test_a_library_of_the_charm_is_imported_once_for_all_forks(warm: Warm):
    warm.library("import os; WHO = os.getpid()")
    who = [(warm.end(_USES_LIBRARY)[1].output or ("", ""))[0].split() for _ in range(3)]
    importers, forks = {imported for imported, _ in who}, {pid for _, pid in who}
    assert len(importers) == 1
    assert not importers & forks


def test_a_library_that_was_changed_in_the_charms_folder_is_imported_as_it_stands(warm: Warm):
    for word in ("old", "old", "newer", "newest"):
        warm.library(f"WHO = {word!r}")
        _, process = warm.end(_USES_LIBRARY)
        assert process.output is not None
        assert process.output[0].startswith(word), process.output


def test_a_library_that_only_another_one_imports_is_seen_to_have_changed(warm: Warm):
    warm.library("from charms.shop.v0.inner import NAME")
    for word in ("old", "old", "newer", "newest"):
        (warm.folder / "lib/charms/shop/v0/inner.py").write_text(f"NAME = {word!r}")
        _, process = warm.end("from charms.shop.v0.counter import NAME; print(NAME)")
        assert process.output == (f"{word}\n", "")


def test_the_first_fork_finds_imported_what_the_charms_source_names(warm: Warm):
    warm.library("import os; MADE_BY = os.getpid()")
    (warm.folder / "src/helper.py").write_text(
        "from charms.shop.v0 import (  # said here, not in charm.py\n    counter as it,\n)\n"
    )

    _, process = warm.end(
        "import helper, os, sys\nprint(helper.it.MADE_BY == os.getppid())\n"
        "print('helper' in sys.modules, helper.__file__.endswith('src/helper.py'))"
    )

    assert process.output == ("True\nTrue True\n", "")


def test_a_library_that_cannot_be_imported_is_told_by_the_fork_alone(warm: Warm):
    warm.library("raise ValueError('not yet')")

    code, _ = warm.end("import charms.shop.v0.counter")

    assert code == 1
    assert (warm.folder / "err").read_text().endswith("ValueError: not yet\n")


_USES_OWN = "import helper, os; print(helper.WHO, os.getpid())"


def test_modules_of_a_charm_are_imported_once_where_it_says_so(warm: Warm):
    (warm.folder / "src/helper.py").write_text("import os; WHO = os.getpid()")
    (warm.folder / "pyproject.toml").write_text(
        "[tool.kafkastack]\nimport-once = true # for all\n"
    )
    who = [(warm.end(_USES_OWN)[1].output or ("", ""))[0].split() for _ in range(3)]
    importers, forks = {imported for imported, _ in who}, {pid for _, pid in who}
    assert len(importers) == 1
    assert not importers & forks


@pytest.mark.parametrize("said", ["", "import-once = false\n", "# import-once = true\n", "\udcff"])
def test_modules_of_any_other_charm_are_imported_by_each_fork(warm: Warm, said: str):
    (warm.folder / "src/helper.py").write_text("import os; WHO = os.getpid()")
    (warm.folder / "pyproject.toml").write_text(said, errors="surrogateescape")
    for _ in range(2):
        own, fork = (warm.end(_USES_OWN)[1].output or ("", ""))[0].split()
        assert own == fork


def test_a_module_that_was_changed_is_imported_as_it_stands(warm: Warm):
    (warm.folder / "pyproject.toml").write_text("[tool.kafkastack]\nimport-once = true\n")
    (warm.folder / "src/helper.py").write_text("from inner import NAME")
    for word in ("old", "old", "newer", "newest"):
        (warm.folder / "src/inner.py").write_text(f"NAME = {word!r}")
        _, process = warm.end("from helper import NAME; print(NAME)")
        assert process.output == (f"{word}\n", "")
