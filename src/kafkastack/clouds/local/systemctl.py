"""Stand-in for `systemctl` on a local machine: systemd's verbs that charms use, its words."""

import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from msgspec import Struct, field

from kafkastack.clouds.local import reaping
from kafkastack.clouds.local.journalctl import last_lines
from kafkastack.clouds.local.services import Services
from kafkastack.clouds.local.states import describe, properties
from kafkastack.clouds.local.unit_files import MissingError, UnitError, cannot_be_done, unit_name
from kafkastack.clouds.protocol import Completed
from kafkastack.errors import KafkastackError, UsageError
from kafkastack.gnuflag import Flag, Parsed, parse

_FLAGS = (
    Flag(("now",), takes_value=False),
    Flag(("q", "quiet"), takes_value=False),
    Flag(("no-pager",), takes_value=False),
    Flag(("no-block",), takes_value=False),
    Flag(("no-reload",), takes_value=False),
    Flag(("l", "full"), takes_value=False),
    Flag(("f", "force"), takes_value=False),
    Flag(("system",), takes_value=False),
    Flag(("value",), takes_value=False),
    Flag(("p", "property"), repeat=True),
    Flag(("n", "lines"), default="10"),
    Flag(("s", "signal"), default="SIGTERM"),
)
_DIGITS, _MOST_LINES = 10, 2**32 - 1  # of a number, as systemd reads it
_NO_SUCH_UNIT, _NOT_LOADED, _NOT_RUNNING = 4, 5, 3


class _Answer(Struct):
    """What has been said so far; the worst exit code is the answer's."""

    code: int = 0
    good: bool = False
    out: list[str] = field(default_factory=list[str])
    err: list[str] = field(default_factory=list[str])

    def fail(self, message: str, code: int = 1) -> None:
        self.code = max(self.code, code)
        if message:
            self.err.append(message)

    def judge(self, good: bool, code: int) -> None:
        """Take one unit's verdict; the answer is good when one of the units is."""
        self.good = self.good or good
        self.code = 0 if self.good else max(self.code, code)

    def completed(self) -> Completed:
        return Completed(self.code, _bytes(self.out), _bytes(self.err))


class _Request(Struct, frozen=True):
    services: Services
    flags: Parsed
    cwd: str
    answer: _Answer


def _bytes(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


class Systemctl:
    """The tool `systemctl` of one machine."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, arguments: Sequence[str], cwd: str, stdin: bytes) -> Completed:
        """Answer one call."""
        answer = _Answer()
        try:
            await self._answer(arguments, cwd, answer)
        except KafkastackError as error:
            answer.fail(str(error))
        return answer.completed()

    async def _answer(self, arguments: Sequence[str], cwd: str, answer: _Answer) -> None:
        try:
            flags = parse(_FLAGS, arguments)
        except UsageError as error:
            raise cannot_be_done("systemctl", _unknown_option(error)) from None
        verb, *words = flags.positional or ("list-units",)
        request = _Request(self._services, flags, cwd, answer)
        if verb == "daemon-reload":
            return  # unit files are read whenever a service is started
        if verb not in _VERBS:
            raise cannot_be_done("systemctl", verb)
        if not words:
            raise UsageError("Too few arguments.")
        for word in words:
            await _VERBS[verb](request, word)


def _unknown_option(error: UsageError) -> str:
    return error.message.rpartition(": ")[2]


async def _link(request: _Request, word: str) -> None:
    path = Path(request.cwd) / word
    unit_name(word)
    if path.parent == request.services.folder:
        if request.services.is_linked(path.name):
            await request.services.check(path.name)
        return
    try:
        link = await request.services.link(path)
    except MissingError:
        raise UnitError(f"Failed to enable unit: Unit file {path} does not exist.") from None
    _say_created(request, link, path)


async def _enable(request: _Request, word: str) -> None:
    name = unit_name(word)
    await _link(request, word if "/" in word else str(request.services.folder / name))
    if not request.services.is_linked(name):
        message = f"Failed to enable unit: Unit file {name} does not exist."
        request.answer.fail(message)
        return
    _say_created(request, request.services.enable(name), request.services.folder / name)
    if request.flags.is_set("now"):
        await _start(request, name)


async def _disable(request: _Request, word: str) -> None:
    name = unit_name(word)
    if not request.services.is_linked(name):
        request.answer.fail(f"Failed to disable unit: Unit file {name} does not exist.")
        return
    for link in request.services.disable(name):
        _say(request, f'Removed "{link}".')
    if request.flags.is_set("now"):
        await request.services.stop(name)


def _say_created(request: _Request, link: Path | None, target: Path) -> None:
    if link:
        _say(request, f"Created symlink {link} → {target}.")


def _say(request: _Request, line: str) -> None:
    if not request.flags.is_set("quiet"):
        request.answer.err.append(line)


async def _start(request: _Request, word: str) -> None:
    await _change(request, word, "start", request.services.start)


async def _restart(request: _Request, word: str) -> None:
    await _change(request, word, "restart", request.services.restart)


async def _try_restart(request: _Request, word: str) -> None:
    state = await request.services.state(unit_name(word))
    if state.active in ("active", "activating"):
        await _restart(request, word)


async def _change(
    request: _Request, word: str, verb: str, change: Callable[[str], Awaitable[None]]
) -> None:
    name = unit_name(word)
    if not request.services.is_linked(name):
        request.answer.fail(f"Failed to {verb} {name}: Unit {name} not found.", _NOT_LOADED)
        return
    await change(name)


async def _stop(request: _Request, word: str) -> None:
    name = unit_name(word)
    if not request.services.is_loaded(name):
        request.answer.fail(f"Failed to stop {name}: Unit {name} not loaded.", _NOT_LOADED)
        return
    await request.services.stop(name)


async def _kill(request: _Request, word: str) -> None:
    name = unit_name(word)
    number = _signal(request.flags["signal"])
    if not (pid := (await request.services.state(name)).main_pid):
        request.answer.fail(f"Failed to kill unit {name}: Unit {name} not loaded.")
        return
    reaping.signal_group(pid, number)


def _signal(text: str) -> int:
    """Return the number of a signal: "SIGTERM", "TERM", "15"."""
    name = f"SIG{text.removeprefix('SIG')}"
    number = _whole(text, signal.NSIG - 1)
    if number is None and name in signal.Signals.__members__:
        number = signal.Signals[name].value
    if number is None:
        raise UnitError(f"Failed to parse signal string {text}.")
    return number


def _whole(text: str, most: int) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    return int(text) if is_number and int(text) <= most else None


async def _reset_failed(request: _Request, word: str) -> None:
    name = unit_name(word)
    if not request.services.is_loaded(name):
        message = f"Failed to reset failed state of unit {name}: Unit {name} not loaded."
        request.answer.fail(message)
    elif (await request.services.state(name)).active == "failed":
        await request.services.stop(name)


async def _is_active(request: _Request, word: str) -> None:
    state = await request.services.state(unit_name(word))
    _print_state(request, state.active)
    request.answer.judge(state.active == "active", _NOT_RUNNING)


async def _is_failed(request: _Request, word: str) -> None:
    state = await request.services.state(unit_name(word))
    _print_state(request, state.active)
    request.answer.judge(state.active == "failed", 1)


async def _is_enabled(request: _Request, word: str) -> None:
    name = unit_name(word)
    state = await request.services.state(name)
    if not state.file_state:
        message = f"Failed to get unit file state for {name}: No such file or directory"
        request.answer.fail(message)
        return
    _print_state(request, state.file_state)
    request.answer.judge(state.file_state == "enabled", 1)


def _print_state(request: _Request, state: str) -> None:
    if not request.flags.is_set("quiet"):
        request.answer.out.append(state)


async def _status(request: _Request, word: str) -> None:
    name = unit_name(word)
    lines = _whole(request.flags["lines"], _MOST_LINES)
    if lines is None:
        raise UnitError(f"Failed to parse lines '{request.flags['lines']}'")
    state = await request.services.state(name)
    if state.load != "loaded" and not state.main_pid:
        request.answer.fail(f"Unit {name} could not be found.", _NO_SUCH_UNIT)
        return
    output = last_lines(request.services.output(name), lines)
    request.answer.out.append(describe(state, output.decode(errors="replace")).rstrip("\n"))
    if state.active not in ("active", "activating"):
        request.answer.code = max(request.answer.code, _NOT_RUNNING)


async def _show(request: _Request, word: str) -> None:
    found = properties(await request.services.state(unit_name(word)))
    wanted = ",".join(request.flags.lists["property"])
    chosen = wanted.split(",") if wanted else list(found)
    only_value = request.flags.is_set("value")
    for name in (name for name in found if name in chosen):
        request.answer.out.append(found[name] if only_value else f"{name}={found[name]}")


async def _cat(request: _Request, word: str) -> None:
    name = unit_name(word)
    path = request.services.folder / name
    if not path.exists():
        request.answer.fail(f"No files found for {name}.")
        return
    request.answer.out += [f"# {path}", (await request.services.text(path)).rstrip("\n")]


_VERBS: dict[str, Callable[[_Request, str], Awaitable[None]]] = {
    "cat": _cat,
    "disable": _disable,
    "enable": _enable,
    "is-active": _is_active,
    "is-enabled": _is_enabled,
    "is-failed": _is_failed,
    "kill": _kill,
    "link": _link,
    "reload-or-restart": _restart,
    "reset-failed": _reset_failed,
    "restart": _restart,
    "show": _show,
    "start": _start,
    "status": _status,
    "stop": _stop,
    "try-restart": _try_restart,
}
