"""A warm charm's `subprocess.run` of a hook tool ends as if the tool had been started."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kafkastack.clouds.protocol import Completed
from kafkastack.hooktools.client import client_files
from kafkastack.hooktools.server import RunCommands, ToolServer
from tests.fakes.world import World

KEY = "0123456789abcdef"
# Runs one call both ways in a fresh interpreter, and tells what a caller would see.
ASK = """\
import io, json, os, subprocess, sys
sys.path.insert(0, sys.argv[1])
import in_process
started = []
sys.addaudithook(lambda name, _: started.append(name) if name == "subprocess.Popen" else None)

def call(words, options):
    before = len(started)
    for number in (1, 2):
        os.ftruncate(number, 0)
        os.lseek(number, 0, 0)
    try:
        done = subprocess.run(words, **options)
    except subprocess.CalledProcessError as error:
        done = error
    except Exception as error:
        done = None
        said = type(error).__name__
    else:
        said = ""
    if done is not None:
        said = [type(done).__name__, done.returncode, repr(done.stdout), repr(done.stderr)]
    written = [os.pread(number, 1 << 20, 0).decode() for number in (1, 2)]
    return [said, written], len(started) - before

words, options = eval(sys.argv[2])
kept = os.dup(1)
for number in (1, 2):
    os.dup2(os.memfd_create("output"), number)
real, _ = call(words, options)
in_process.install(sys.argv[1])
answered, processes = call(words, options)
os.write(kept, json.dumps([real, answered, processes]).encode())
"""
# Asks from one place after the other, and tells how many connections that took.
CONNECTIONS = """\
import os, subprocess, sys, threading
sys.path.insert(0, sys.argv[1])
import in_process
in_process.install(sys.argv[1])
made = []
sys.addaudithook(lambda name, _: made.append(name) if name == "socket.connect" else None)

def ask():
    subprocess.run(["config-get", "size"], capture_output=True, check=True)

for _ in range(3):
    ask()
counts = [len(made)]
if os.fork() == 0:
    ask()
    os._exit(len(made))
counts.append(os.waitstatus_to_exitcode(os.wait()[1]))
thread = threading.Thread(target=ask)
thread.start()
thread.join()
ask()
print([*counts, len(made)])
"""
PIPE = "subprocess.PIPE"
PLAIN = [
    "['config-get', 'size'], dict(capture_output=True, check=True, encoding='utf-8')",
    "('config-get', '--format=json'), dict(capture_output=True)",
    "['config-get', 'size'], dict(capture_output=True, text=True)",
    f"['config-get', 'size'], dict(stdout={PIPE}, check=True, encoding='utf-8')",
    f"['relation-list'], dict(stdout={PIPE}, stderr={PIPE}, text=True)",
    "['relation-list'], dict(capture_output=True, check=True, encoding='utf-8')",
    "['relation-list'], dict(check=True)",
    "['config-get', '--nope'], dict(capture_output=True, encoding='utf-8', errors='replace')",
    "['config-get', 'size'], dict()",
    "['juju-log', 'a', 'ö', ''], dict(capture_output=True, check=True, encoding='utf-8')",
    "['state-set', '--file', '-'], dict(input='{\"a\": \"1\\r\\n2\"}', encoding='utf-8')",
    "['state-set', '--file', '-'], dict(input=b'{\"a\": \"1\"}', check=True)",
    "['state-get', 'a'], dict(capture_output=True, text=True)",
    "['systemctl', 'is-active', 'x'], dict(capture_output=True, text=True)",
    "[os.path.join(sys.argv[1], 'config-get'), 'size'], dict(capture_output=True)",
]
STARTED = [
    "['echo', 'x'], dict(capture_output=True, text=True)",
    "['nothing-of-that-name'], dict(capture_output=True)",
    "'config-get size', dict(capture_output=True, shell=True)",
    "['config-get', 'size'], dict(capture_output=True, timeout=60)",
    "['config-get', 'size'], dict(capture_output=True, env=dict(os.environ))",
    "['config-get', 'size'], dict(stdout=subprocess.DEVNULL)",
    "['config-get', 'size'], dict(stdout=subprocess.PIPE, stderr=subprocess.STDOUT)",
    "['config-get', 'size'], dict(capture_output=True, stdout=subprocess.PIPE)",
    "['config-get', 'size\\0'], dict(capture_output=True)",
    "['config-get', 'x' * 131072], dict(capture_output=True)",
    "['state-set', '--file', '-'], dict(capture_output=True)",
    "['config-get', 7], dict(capture_output=True)",
    "[], dict(capture_output=True)",
]
Ask = Callable[[str], Any]
Run = Callable[..., bytes]


async def _systemctl(words: Any, cwd: str, stdin: bytes) -> Completed:
    return Completed(3, f"{' '.join(words)} in {cwd}\n".encode(), b"inactive\n")


async def _no_commands(commands: RunCommands) -> Completed:
    raise AssertionError(commands)


@pytest.fixture
def run(world: World, tmp_path: Path) -> Run:
    """Run a program, with words for it, where the tools of a unit answer; return its stdout."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, content in client_files(["systemctl"]).items():
        if isinstance(content, str):
            (tools / name).symlink_to(content)
        else:
            (tools / name).write_bytes(content)
            (tools / name).chmod(0o755)
    environment = {
        "PATH": f"{tools}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "JUJU_CONTEXT_ID": KEY,
        "JUJU_AGENT_SOCKET_ADDRESS": str(tmp_path / "tools.sock"),
    }

    async def ran(text: str, *words: str) -> bytes:
        server = ToolServer(
            tmp_path / "tools.sock", "app/0", {"systemctl": _systemctl}, _no_commands
        )
        await server.start()
        server.contexts[KEY] = world.run().context
        (program := tmp_path / "program.py").write_text(text)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(program), str(tools), *words),
            env=environment,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        out, _ = await process.communicate()
        await server.close()
        return out

    return lambda text, *words: asyncio.run(ran(text, *words))


@pytest.fixture
def ask(run: Run) -> Ask:
    """Run a call both ways; return what each shows, and how many processes the second started."""
    return lambda call: json.loads(run(ASK, call))


@pytest.mark.parametrize("call", PLAIN)
def test_a_tool_answers_alike_and_no_process_is_started(ask: Ask, call: str):
    real, answered, processes = ask(call)
    assert answered == real
    assert processes == 0


@pytest.mark.parametrize("call", STARTED)
def test_what_is_no_plain_call_of_a_tool_is_started_as_ever(ask: Ask, call: str):
    real, answered, _ = ask(call)
    assert answered == real


def test_without_an_agent_the_tool_says_so(ask: Ask):
    call = "['is-leader'], dict(capture_output=True, text=True)"
    real, answered, _ = ask(f"os.environ.update(JUJU_AGENT_SOCKET_ADDRESS='/nowhere') or {call}")
    assert answered == real
    assert "no agent at /nowhere" in real[0][3]


def test_a_connection_is_kept_for_the_next_question_of_its_process_and_thread(run: Run):
    assert run(CONNECTIONS) == b"[1, 2, 2]\n"
