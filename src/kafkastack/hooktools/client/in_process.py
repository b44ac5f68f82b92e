"""Calls of hook tools by a warm charm's `subprocess.run`: answered here, no process started.

What is not an ordinary call of a tool on PATH is started as ever, so a charm sees no difference.
"""

import functools
import os
import shutil
import struct
import subprocess
import threading
from collections.abc import Callable
from typing import Any, cast

from hook_tool import LONGEST_PATH, connect, no_agent, read_answer, reads_stdin, write_request

_OPTIONS = {"capture_output", "check", "encoding", "errors", "input", "stderr", "stdout", "text"}
_LONGEST_WORD = 128 * 1024  # what an exec takes
_MORE_FOLLOW = 0x80  # in the first byte of a request: the connection is kept for the next one
Run = Callable[..., "subprocess.CompletedProcess[Any]"]


def install(folder: str) -> None:
    """Answer the tools of this folder in this process from now on."""
    subprocess.run = answering(subprocess.run, os.path.realpath(folder))


def answering(start: Run, folder: str) -> Run:
    """Return a `subprocess.run` that starts all but the tools of `folder`."""

    @functools.wraps(start)
    def run(*args: Any, **options: Any) -> "subprocess.CompletedProcess[Any]":
        if len(args) == 1 and is_plain(options) and is_tool(args[0], folder):
            answer = answered(args[0], options)
            if answer is not None:
                return answer
        return start(*args, **options)

    return run


def is_plain(options: "dict[str, Any]") -> bool:
    """Report whether only text, input and captured or inherited output are asked for."""
    streams = {options.get("stdout"), options.get("stderr")}
    captured = {None} if options.get("capture_output") else {None, subprocess.PIPE}
    return options.keys() <= _OPTIONS and streams <= captured


def is_tool(words: object, folder: str) -> bool:
    """Report whether these words would start a program of the tools folder."""
    if not isinstance(words, (list, tuple)) or not words:
        return False
    command = cast("list[str]", words)
    if not all(map(is_exact, command)):
        return False
    found = shutil.which(command[0])
    return found is not None and real_folder(os.path.dirname(found)) == folder


@functools.cache
def real_folder(path: str) -> str:
    """Return a folder without links: a hook asks for the same one at every tool."""
    return os.path.realpath(path)


def is_exact(word: object) -> bool:
    """Report whether an exec would take this word as it stands."""
    return isinstance(word, str) and "\0" not in word and len(word) < _LONGEST_WORD


def answered(
    words: "list[str]", options: "dict[str, Any]"
) -> "subprocess.CompletedProcess[Any] | None":
    """Return what the tool would have answered; None if only a process can tell."""
    path = os.environ.get("JUJU_AGENT_SOCKET_ADDRESS", "")
    arguments = [os.fsencode(word) for word in words[1:]]
    stdin = options.get("input")
    if not 0 < len(os.fsencode(path)) <= LONGEST_PATH:
        return None
    if stdin is None and reads_stdin(arguments):
        return None
    if isinstance(stdin, str):
        stdin = stdin.encode(options.get("encoding") or "utf-8", options.get("errors") or "strict")
    code, out, err = ask(path, os.path.basename(words[0]), arguments, stdin or b"")
    stdout, stderr = deliver(options, 1, out), deliver(options, 2, err)
    if options.get("check") and code:
        raise subprocess.CalledProcessError(code, words, output=stdout, stderr=stderr)
    return subprocess.CompletedProcess(words, code, stdout, stderr)


class Line(threading.local):
    """The connection that a thread asks on, kept from one question to the next."""

    def __init__(self) -> None:
        self.connection: Any = None
        self.owner = ("", 0)  # the path it leads to, and the process: a fork asks on its own

    def exchange(self, path: str, request: bytes) -> "tuple[int, bytes, bytes]":
        """Send one request and return its answer; OSError if there is none."""
        if self.owner != (path, os.getpid()):
            self.connection, self.owner = connect(path), (path, os.getpid())
        try:
            self.connection.sendall(bytes([request[0] | _MORE_FOLLOW]) + request[1:])
            return self._receive()
        except OSError:
            self.owner = ("", 0)
            raise

    def _receive(self) -> "tuple[int, bytes, bytes]":
        answer = b""
        while True:
            part = self.connection.recv(1 << 16)
            if not part:
                raise ConnectionError("the agent has gone")
            answer += part
            try:
                return read_answer(answer)
            except struct.error:  # there is more to come
                continue


_LINE = Line()


def ask(
    path: str, tool: str, arguments: "list[bytes]", stdin: bytes
) -> "tuple[int, bytes, bytes]":
    """Put one question to the agent; return exit code, stdout and stderr of the tool."""
    try:
        return _LINE.exchange(path, write_request(tool, arguments, stdin))
    except OSError:
        return no_agent(path, tool)


def deliver(options: "dict[str, Any]", number: int, output: bytes) -> "bytes | str | None":
    """Return captured output as asked for; write what is not captured where it belongs."""
    name = ("stdout", "stderr")[number - 1]
    if not (options.get("capture_output") or options.get(name)):
        write(number, output)
        return None
    if not any(options.get(key) for key in ("encoding", "errors", "text")):
        return output
    text = output.decode(options.get("encoding") or "utf-8", options.get("errors") or "strict")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def write(descriptor: int, output: bytes) -> None:
    """Write all of it."""
    while output:
        output = output[os.write(descriptor, output) :]
