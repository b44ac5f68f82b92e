"""Runs charm dispatches in forks of one interpreter that has imported the charm's libraries.

Speaks JSON lines on stdin and stdout with the agent. Imports libraries of the charm's environment,
first those that the charm's source names, and the charm's own modules where it says that they may
be imported once; starts no threads; ends when idle or when stdin closes. Runs on the charm's
machine with Python 3.10 or newer, with nothing but the standard library.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import re
import select
import signal
import sys
import threading
import traceback
import types
import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple, TypedDict

IDLE_SECONDS = 30.0
CHANNEL = 99
LIBRARIES = "lib"  # of a charm: what charmcraft fetches, imported once like any package
OWN = "src"  # of a charm: its own code
# In a charm's pyproject.toml, where its modules keep nothing of the hook that imports them.
ONCE = re.compile(r"^import-once = true\b", re.MULTILINE)
IMPORTED = re.compile(  # at the top of a file; what comes later may never be asked for
    r"^(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)|import[ \t]+([^\n]*))",
    re.MULTILINE,
)
WORDS = re.compile(r"([\w.]+)(?:\s+as\s+\w+)?")
SHORT = 512  # bytes of output that are told with the exit code; more stays in its files


class Request(TypedDict):
    """One dispatch: `path` goes in front of sys.path, output is appended to the named files.

    The child writes its pid and start time to `note` before it runs anything of the charm.
    """

    id: int
    script: str
    path: list[str]
    cwd: str
    env: dict[str, str]
    stdout: str
    stderr: str
    note: str


class Signal(TypedDict):
    """What to send to the process group of a child, which may have outlived the child."""

    pid: int
    signal: int


class Child(NamedTuple):
    """A dispatch that runs."""

    request: Request
    report: int  # descriptor of what it had to import


Running = dict[int, Child]  # by pid
of_the_charm: dict[str, tuple[str, tuple[int, int]]] = {}  # its libraries: file, as imported


def main() -> None:
    """Serve requests until stdin closes or nothing has happened for a while."""
    sys.path.pop(0)  # our own folder: a charm must not import from it
    take_channel()
    gc.disable()  # modules are no garbage: they are looked through once
    preload(["ops"], [sys.argv[1]])
    folders = importable_once(os.getcwd())
    preload(named_modules("charm", with_own=len(folders) > 1), folders)
    answer_tools(sys.argv[1])
    if threading.active_count() > 1:
        sys.exit("the charm's libraries start threads: it cannot be forked")
    gc.enable()
    gc.collect()
    gc.freeze()
    wake, sleep = os.pipe()
    os.set_blocking(sleep, False)
    signal.set_wakeup_fd(sleep, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, wake_up)
    serve(wake)


def answer_tools(folder: str) -> None:
    """Let forks ask the hook tools of the unit without starting a process for each."""
    sys.path.insert(0, folder)
    with suppress(ModuleNotFoundError):  # the tools were placed by an older kafkastack
        importlib.import_module("in_process").install(folder)
    sys.path.remove(folder)
    for name in ("in_process", "hook_tool"):  # names that a charm may have for its own
        sys.modules.pop(name, None)


def take_channel() -> None:
    """Keep stdout for the agent alone: what a library prints must not reach it."""
    os.dup2(1, CHANNEL, inheritable=False)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


def wake_up(_number: int, _frame: object) -> None:
    """Do nothing: the wakeup descriptor has been written by the interpreter."""


def serve(wake: int) -> None:
    """Answer requests and report children that have ended."""
    running: Running = {}
    learned: list[str] = []
    pending = b""
    tell({"ready": os.getpid()})
    while True:
        timeout = None if running else IDLE_SECONDS
        readable, _, _ = select.select([0, wake], [], [], timeout)
        if not readable:
            return
        if wake in readable:
            os.read(wake, 4096)
            learned += reap(running)
        if 0 in readable:
            chunk = os.read(0, 1 << 16)
            if not chunk:
                return
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                take(json.loads(line), running, learned)


def take(message: Request | Signal, running: Running, learned: list[str]) -> None:
    """Do what a line of the agent asks for; a fork has what those before it had to import."""
    if "signal" in message:
        send(message, running)
        return
    forget_changed()
    if learned:
        preload(learned, importable_once(message["cwd"]))
        learned.clear()
    start(message, running)


def send(message: Signal, running: Running) -> None:
    """Signal the group of a child; a child that has just begun has none of its own yet."""
    pid = message["pid"]
    try:
        os.killpg(pid, message["signal"])
    except ProcessLookupError:
        if pid in running:
            os.kill(pid, message["signal"])


def start(request: Request, running: Running) -> None:
    """Fork a child for one dispatch."""
    code = read_code(request["script"])
    report, ours = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(report)
        run_child(request, ours, code)
    os.close(ours)
    running[pid] = Child(request, report)
    tell({"id": request["id"], "pid": pid})


def reap(running: Running) -> Iterator[str]:
    """Report every child that has ended; yield the modules that it had to import itself."""
    while running:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid not in running:
            continue
        child = running.pop(pid)
        with os.fdopen(child.report, "rb") as stream:
            os.set_blocking(stream.fileno(), False)
            yield from (stream.read() or b"").decode().split()
        code = os.waitstatus_to_exitcode(status)
        tell({"id": child.request["id"], "code": code, **take_output(child.request)})


def take_output(request: Request) -> dict[str, str]:
    """Take away the files of output and return their text, unless there is much of it."""
    files = {"stdout": request["stdout"], "stderr": request["stderr"]}
    try:
        if any(os.path.getsize(path) > SHORT for path in files.values()):
            return {}
        return {name: take_file(path) for name, path in files.items()}
    except FileNotFoundError:  # it was killed before it made them
        return {}


def take_file(path: str) -> str:
    """Return the text of a file, and remove the file."""
    with open(path, errors="replace") as stream:
        text = stream.read()
    os.unlink(path)
    return text


def importable_once(charm_dir: str) -> list[str]:
    """Return the folders of a charm whose modules are imported here."""
    own, libraries = (os.path.join(charm_dir, name) for name in (OWN, LIBRARIES))
    try:
        with open(os.path.join(charm_dir, "pyproject.toml"), encoding="utf-8") as stream:
            return [own, libraries] if ONCE.search(stream.read(1 << 16)) else [libraries]
    except (OSError, ValueError):
        return [libraries]


def preload(modules: Iterable[str], folders: Iterable[str]) -> None:
    """Import modules, quietly: what fails here fails again where it matters."""
    folders = tuple(folders)
    sys.path[:0] = folders
    for name in modules:
        if name not in sys.modules:
            try:
                importlib.import_module(name)
            except Exception:  # noqa: S112
                continue
    for folder in folders:
        sys.path.remove(folder)
    within = tuple(os.path.join(folder, "") for folder in folders)
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None) or ""
        if path.startswith(within) and name not in of_the_charm:
            of_the_charm[name] = (path, stamp(path))


def named_modules(script: str, *, with_own: bool) -> Iterator[str]:
    """Yield what a script of the charm imports, the charm's own modules last; nothing is run."""
    left, seen = [script], {script}
    while left:
        for name, members in imports_of(own_file(left.pop())):
            inner = [f"{name}.{member}" for member in members]
            found = [module for module in (name, *inner) if own_file(module)]
            left += [module for module in found if module not in seen]
            seen.update(found)
            if not found:
                yield name
                # Whoever asks has imported it meanwhile.
                yield from inner if hasattr(sys.modules.get(name), "__path__") else ()
    if with_own:
        yield from sorted(seen - {script})


def own_file(module: str) -> str:
    """Return the file of a module of the charm's own; "" if there is none."""
    path = os.path.join(OWN, *module.split("."))
    files = (f"{path}.py", os.path.join(path, "__init__.py"))
    return next(filter(os.path.isfile, files), "")


def imports_of(path: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the modules that a file imports as soon as it is imported, with what it takes."""
    try:
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
    except (OSError, ValueError):
        return
    for module, members, modules in IMPORTED.findall(re.sub("#.*", "", text)):
        if module:
            yield module, WORDS.findall(members)
        for name in WORDS.findall(modules):
            yield name, []


def stamp(path: str) -> tuple[int, int]:
    """Return what tells a file from the one that it was before."""
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def forget_changed() -> None:
    """Let forks import the charm's libraries themselves if one was changed where it is."""
    if all(stamp(path) == known for path, known in of_the_charm.values()):
        return
    for name in of_the_charm:
        sys.modules.pop(name, None)
        parent, _, own = name.rpartition(".")
        if parent in sys.modules:
            vars(sys.modules[parent]).pop(own, None)
    of_the_charm.clear()


def run_child(request: Request, report: int, compiled_script: types.CodeType | None) -> None:
    """Become the charm: its environment, folder, output and arguments; never return."""
    code = 1
    try:
        os.setsid()
        os.close(CHANNEL)
        leave_note(request["note"])
        enter(request)
        code = execute(request["script"], compiled_script)
        atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]  # os._exit skips them
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(report, " ".join(library_modules(request["cwd"])).encode()[:60000])
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def leave_note(path: str) -> None:
    """Note who runs, for an agent after one that was killed."""
    with open("/proc/self/stat") as stream:
        started = stream.read().rpartition(")")[2].split()[19]
    with open(path, "w") as stream:
        stream.write(f"{os.getpid()} {started}\n")


def enter(request: Request) -> None:
    """Take over the process-wide state of the dispatch."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    gc.unfreeze()
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    for number, path in ((1, request["stdout"]), (2, request["stderr"])):
        descriptor = os.open(path, flags, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv = [request["script"]]
    sys.path[:0] = request["path"]


def read_code(path: str) -> types.CodeType | None:
    """Return the code of a script; None where its fork will say what is wrong with it."""
    try:
        with open(path, "rb") as stream:
            return compiled(stream.read(), path)
    except OSError:
        return None


@functools.lru_cache(maxsize=1)
def compiled(text: bytes, path: str) -> types.CodeType | None:
    """Return the code of a script, compiled once for all forks; nothing of it is run here.

    None where there is something to say about it: a fork that compiles it again is heard.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return compile(text, path, "exec")
        except Exception:
            return None


def execute(script: str, code: types.CodeType | None) -> int:
    """Run the script as __main__ and return its exit code."""
    module = types.ModuleType("__main__")
    module.__file__ = script
    module.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = module
    try:
        if code is None:
            with open(script, "rb") as stream:
                code = compile(stream.read(), script, "exec")
        exec(code, module.__dict__)  # as `python script` would
    except SystemExit as exit_:
        return exit_code(exit_.code)
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    return 0


def exit_code(value: str | int | None) -> int:
    """Return what the interpreter would exit with for `sys.exit(value)`."""
    if value is None:
        return 0
    if isinstance(value, int):
        return value & 0xFF
    print(value, file=sys.stderr)
    return 1


def library_modules(charm_dir: str) -> Iterator[str]:
    """Return the names of imported modules that others may have imported before them."""
    charm_dir = os.path.join(os.path.abspath(charm_dir), "")
    libraries = tuple(os.path.join(folder, "") for folder in importable_once(charm_dir))
    for name, module in list(sys.modules.items()):
        origin = getattr(module, "__file__", None) or ""
        path = os.path.abspath(origin)
        inside = path.startswith(charm_dir) and not path.startswith(libraries)
        own = inside and "site-packages" not in origin
        if origin and not own and name != "__main__":
            yield name


def tell(message: dict[str, object]) -> None:
    """Write one line to the agent."""
    os.write(CHANNEL, json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    main()
