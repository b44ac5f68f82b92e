"""Warm process whose forks read what strangers wrote, each within its limits.

Begun by `bounded.py`, as a program or a fork, with a socket as standard input, on which each
message is a request and the caller's end of a call. It ends with that socket, and ends its forks
then.
"""

import gc
import importlib
import math
import os
import resource
import select
import signal
import socket
import struct
import sys
import traceback
from contextlib import suppress
from pathlib import Path, PurePath
from types import FunctionType
from typing import Any, NamedTuple, NoReturn, get_type_hints

import msgspec
from msgspec import Struct

from kafkastack.errors import KafkastackError

STARTED = b"S"
SIZE = struct.Struct(">Q")
ENDED = struct.Struct(">6sh")  # how the child ended, by who waited for it
END = b"\0ended"
_REQUEST = 4096  # bytes
_DESCRIPTORS = 256
_WORDS = 4000  # characters of a message


class Limits(Struct, frozen=True):
    """What reading may take; `file_bytes` is the size that a file it writes may have."""

    seconds: float = 10.0
    megabytes: int = 150
    file_bytes: int = 0
    result_bytes: int = 8 * 1024 * 1024


class Request(Struct, frozen=True):
    """A function to call, as module:qualname; its arguments come on the socket of the call."""

    function: str
    limits: Limits


class Failure(Struct, frozen=True):
    """Why there is no result: an error of `errors.py` by its name, or a reason and no `kind`."""

    kind: str
    message: str
    advice: str = ""


class _Child(NamedTuple):
    process: int
    caller: socket.socket


def main() -> None:
    """Serve until the caller's socket closes."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # whatever the caller was started with
    control = socket.socket(fileno=0)
    wake, sleep = os.pipe()
    os.set_blocking(sleep, False)
    signal.set_wakeup_fd(sleep, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _wake_up)
    _Server(control, wake).serve()
    os._exit(0)


def take_over(control: int) -> NoReturn:
    """Become the warm process in a fork of the caller, of whose descriptors none is kept."""
    try:
        gc.enable()  # whatever the caller was about
        os.setsid()
        os.dup2(control, 0)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        Path("/proc/self/comm").write_text("reader")  # its command line is that of the caller
        main()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def _wake_up(_number: int, _frame: object) -> None:
    """Do nothing: the wakeup descriptor has been written by the interpreter."""


class _Server:
    """The children that run, and who waits for each."""

    def __init__(self, control: socket.socket, wake: int) -> None:
        self._control = control
        self._wake = wake
        self._children: dict[int, _Child] = {}  # by the descriptor of the caller's socket
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)
        self._poll.register(wake, select.POLLIN)

    def serve(self) -> None:
        """Fork for each request, and tell how each fork ended."""
        while True:
            ready = {descriptor for descriptor, _ in self._poll.poll()}
            # Callers first: what comes after frees descriptors, and takes them again.
            for descriptor in ready & self._children.keys():
                self._give_up(descriptor)
            if self._wake in ready:
                os.read(self._wake, 4096)
                self._reap()
            if self._control.fileno() in ready and not self._take():
                self._end_all()
                return

    def _take(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._control, _REQUEST, 1)
        if not message:
            return False
        if not descriptors:  # there was none free here: the kernel has closed it
            return True
        caller = socket.socket(fileno=descriptors[0])
        request = msgspec.json.decode(message, type=Request)
        with suppress(Exception):  # what fails here fails again where it is told
            _find(request.function)  # imported once, for all forks to come
        gc.freeze()
        try:
            pid = os.fork()
        except OSError:  # the user may have no more processes: the caller sees the end
            caller.close()
            return True
        if pid == 0:
            _become_reader(caller, request)
        self._children[caller.fileno()] = _Child(pid, caller)
        self._poll.register(caller, 0)  # only that it is hung up
        return True

    def _give_up(self, descriptor: int) -> None:
        """End a child that nobody waits for any more."""
        self._poll.unregister(descriptor)
        _end_group(self._children[descriptor].process)

    def _reap(self) -> None:
        for descriptor, child in list(self._children.items()):
            if os.waitid(os.P_PID, child.process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            _end_group(child.process)  # what it started; its pid is not free yet
            _, status = os.waitpid(child.process, 0)
            with suppress(KeyError):
                self._poll.unregister(descriptor)
            del self._children[descriptor]
            with suppress(OSError):  # who waited has gone, or has not read what it wrote
                end = ENDED.pack(END, os.waitstatus_to_exitcode(status))
                child.caller.send(end, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
            child.caller.close()

    def _end_all(self) -> None:
        for child in self._children.values():
            _end_group(child.process)


def _end_group(pid: int) -> None:
    """End a child and what it started; it may not have a group of its own yet."""
    for end in (os.killpg, os.kill):
        with suppress(ProcessLookupError):
            end(pid, signal.SIGKILL)


def _become_reader(caller: socket.socket, request: Request) -> None:
    """Answer one call within its limits; never return."""
    try:
        os.setsid()
        _forget_server(caller.fileno())
        _limit(request.limits)
        caller.sendall(STARTED)
        answer = _answer(caller, request)
        caller.sendall(SIZE.pack(len(answer)) + answer)
    finally:
        os._exit(0)


def _forget_server(kept: int) -> None:
    """Close every descriptor but the caller's, and what is printed."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))


def _limit(limits: Limits) -> None:
    """Let the kernel end this process at its limits, whoever else is gone by then."""
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: _DESCRIPTORS,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_CPU: math.ceil(limits.seconds) + 1,
        resource.RLIMIT_AS: _address_space() + limits.megabytes * 1024 * 1024,
    }
    for kind, most in bounds.items():
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bound, bound))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)


def _address_space() -> int:
    with open("/proc/self/statm") as stream:  # noqa: PTH123  # nothing between us and the limit
        return int(stream.read().split()[0]) * resource.getpagesize()


def _answer(caller: socket.socket, request: Request) -> bytes:
    """Return a result as JSON in a list, or a failure; nothing that happens is without one."""
    try:
        found = msgspec.json.encode([_evaluate(caller, request.function)], enc_hook=encode_path)
    except KafkastackError as error:
        return _failed(Failure(_kind(error), error.message[:_WORDS], error.advice[:_WORDS]))
    except MemoryError:
        return _failed(Failure("", f"it needs more than {request.limits.megabytes} MB"))
    except RecursionError:
        return _failed(Failure("", "it is nested too deeply"))
    except OSError as error:
        file = f": {error.filename}" if error.filename else ""
        return _failed(Failure("", f"{error.strerror or error}{file}"[:_WORDS]))
    except BaseException as error:
        return _failed(Failure("", _described(error)))
    if len(found) > request.limits.result_bytes:
        return _failed(Failure("", f"it says more than {request.limits.result_bytes:,} bytes"))
    return found


def _evaluate(caller: socket.socket, name: str) -> object:
    function = _find(name)
    size = SIZE.unpack(_receive(caller, SIZE.size))[0]
    arguments = _receive(caller, size)
    kinds = get_type_hints(function)
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    wanted = [kinds.get(name, Any) for name in names]
    given = msgspec.json.decode(arguments)
    kind: Any = tuple[tuple(wanted[: len(given)])]  # pyright: ignore[reportInvalidTypeArguments]
    return function(*msgspec.convert(given, kind, dec_hook=decode_path))


def _receive(caller: socket.socket, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        chunk = caller.recv(min(size - len(found), 1 << 20))
        if not chunk:
            raise EOFError("the caller has gone")
        found += chunk
    return bytes(found)


def _find(name: str) -> FunctionType:
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found


def _kind(error: KafkastackError) -> str:
    """Return the name of an error in `errors.py`, of a module's own that of its base."""
    names = (kind.__name__ for kind in type(error).__mro__ if kind.__module__.endswith(".errors"))
    return next(names)


def _failed(failure: Failure) -> bytes:
    return msgspec.json.encode(failure)


def _described(error: BaseException) -> str:
    """Return an error that nobody foresaw, with the line that it comes from."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})" if trace else ""
    words = str(error).encode(errors="replace").decode()
    return f"{type(error).__name__}: {words}"[:_WORDS] + place


def encode_path(value: object) -> object:
    """Return a path as JSON, whatever the bytes of its name."""
    if isinstance(value, PurePath):
        return os.fsencode(value).decode("latin-1")
    raise NotImplementedError(f"{type(value).__name__} is no result")


def decode_path(kind: type, value: object) -> object:
    """Return a path that `encode_path` wrote; what may be any object stays as it is."""
    if kind is object:
        return value
    if isinstance(value, str) and issubclass(kind, PurePath):
        return kind(os.fsdecode(value.encode("latin-1")))
    raise NotImplementedError(f"{kind.__name__} is no argument")


if __name__ == "__main__":
    sys.modules["kafkastack.system.bounded_child"] = sys.modules["__main__"]
    main()
