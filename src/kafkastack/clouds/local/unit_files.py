"""Unit files: the directives in one, and which of them the local cloud can carry out."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, get_args

from msgspec import Struct, field
from msgspec.structs import replace

from kafkastack.errors import KafkastackError

Restart = Literal["no", "on-success", "on-failure", "always"]
DEFAULT_STOP_SECONDS = 10.0
_MOST_STOP_SECONDS = 3600.0  # whoever ends a machine waits for it
_MOST_STATUS = 255

_UNITS_OF_TIME = {"": 1, "s": 1, "sec": 1, "ms": 0.001, "m": 60, "min": 60, "h": 3600}
_NAME = re.compile(r"[A-Za-z0-9_.@\\-]{1,200}")  # of a unit: it becomes a file's, and a section's
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class UnitError(KafkastackError):
    """A unit file asks for something that cannot be done, or cannot be understood."""


class MissingError(UnitError):
    """There is no such unit file for the machine's user."""


class Unit(Struct, frozen=True):
    """A service as its unit file describes it."""

    name: str
    command: str = ""
    description: str = ""
    working_directory: str = ""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    environment_files: tuple[str, ...] = ()  # a leading "-" allows it to be missing
    restart: Restart = "no"
    stop_seconds: float = DEFAULT_STOP_SECONDS
    success_statuses: tuple[int, ...] = (0,)
    open_files: str = ""  # "" leaves the limit as it is
    wanted: bool = False  # [Install] has a WantedBy


def parse_unit(name: str, text: str) -> Unit:
    """Parse the text of a unit file; refuse by name what the local cloud cannot do."""
    unit = Unit(name)
    for section, directive, value in _directives(name, text):
        unit = _taken(unit, section, directive, value)
    if not unit.command:
        raise UnitError(f"ERROR {name}: ExecStart is missing")
    return unit


def cannot_be_done(name: str, what: str) -> UnitError:
    """Return the refusal of one thing of one unit, by name."""
    return UnitError(f"ERROR {name}: {what} cannot be done on the local cloud")


def unit_name(word: str) -> str:
    """Complete a unit's name; only services exist on a local machine."""
    name = word.rpartition("/")[2]
    if "." not in name:
        name += ".service"
    if not name.endswith(".service") or name.startswith("."):
        raise UnitError(f"ERROR {name} cannot be done on the local cloud: it has services only")
    if not _NAME.fullmatch(name):
        raise UnitError(f"Invalid unit name: {name!r}")
    return name


def _directives(name: str, text: str) -> Iterator[tuple[str, str, str]]:
    section = ""
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            continue
        if stripped.startswith("[") and stripped.endswith("]"):
            section = stripped[1:-1]
            continue
        directive, equals, value = stripped.partition("=")
        if not equals or not section:
            raise UnitError(f"ERROR {name}: cannot understand the line: {stripped}")
        yield section, directive.strip(), value.strip()


def _taken(unit: Unit, section: str, directive: str, value: str) -> Unit:
    if (section, directive) in _WITHOUT_EFFECT:
        return unit
    taker = _TAKERS.get((section, directive))
    if taker is None:
        raise cannot_be_done(unit.name, directive)
    try:
        return taker(unit, _without_specifiers(value))
    except ValueError:
        raise cannot_be_done(unit.name, f"{directive}={value}") from None


def _without_specifiers(value: str) -> str:
    if "%" in value.replace("%%", ""):
        raise ValueError(value)
    return value.replace("%%", "%")


def _take_command(unit: Unit, value: str) -> Unit:
    if unit.command or value[:1] in set("-@+!:|"):
        raise ValueError(value)
    return replace(unit, command=value)


def _take_environment(unit: Unit, value: str) -> Unit:
    added = parse_assignments(shlex.split(value))
    return replace(unit, environment={**unit.environment, **added} if added else {})


def _take_environment_file(unit: Unit, value: str) -> Unit:
    return replace(unit, environment_files=(*unit.environment_files, value) if value else ())


def _take_restart(unit: Unit, value: str) -> Unit:
    policies: dict[str, Restart] = {policy: policy for policy in get_args(Restart)}
    if value not in policies:
        raise ValueError(value)
    return replace(unit, restart=policies[value])


def _take_stop_seconds(unit: Unit, value: str) -> Unit:
    seconds = parse_seconds(value)
    if seconds > _MOST_STOP_SECONDS:
        raise ValueError(value)
    return replace(unit, stop_seconds=seconds)


def _take_success(unit: Unit, value: str) -> Unit:
    codes = {int(word) for word in value.split() if re.fullmatch(r"[0-9]{1,9}", word)}
    if max(codes, default=0) > _MOST_STATUS:  # supervisord would start nothing at all any more
        raise ValueError(value)
    return replace(unit, success_statuses=tuple(sorted({0, *codes})))


def _take_open_files(unit: Unit, value: str) -> Unit:
    soft = value.partition(":")[0]
    if not re.fullmatch(r"[0-9]{1,18}|infinity", soft):
        raise ValueError(value)
    return replace(unit, open_files=soft)


def _only(*allowed: str) -> "Callable[[Unit, str], Unit]":
    def take(unit: Unit, value: str) -> Unit:
        if value not in allowed:
            raise ValueError(value)
        return unit

    return take


# A sandboxing directive that were ignored would be a promise broken, so what is not here is
# refused; what merely orders or describes has no effect where every service stands alone.
_TAKERS: dict[tuple[str, str], Callable[[Unit, str], Unit]] = {
    ("Unit", "Description"): lambda unit, value: replace(unit, description=value),
    ("Service", "Type"): _only("simple", "exec"),
    ("Service", "ExecStart"): _take_command,
    ("Service", "WorkingDirectory"): lambda unit, value: replace(unit, working_directory=value),
    ("Service", "Environment"): _take_environment,
    ("Service", "EnvironmentFile"): _take_environment_file,
    ("Service", "Restart"): _take_restart,
    ("Service", "TimeoutStopSec"): _take_stop_seconds,
    ("Service", "SuccessExitStatus"): _take_success,
    ("Service", "LimitNOFILE"): _take_open_files,
    ("Service", "KillMode"): _only("control-group", "mixed"),
    ("Service", "KillSignal"): _only("SIGTERM", "15"),
    ("Install", "WantedBy"): lambda unit, value: replace(unit, wanted=bool(value)),
}
_WITHOUT_EFFECT = frozenset(
    {("Unit", word) for word in ("Documentation", "After", "Before", "Wants")}
    | {("Unit", word) for word in ("StartLimitIntervalSec", "StartLimitBurst")}
    | {("Service", word) for word in ("User", "Group", "RestartSec", "TimeoutStartSec")}
    | {("Service", "SyslogIdentifier")}
)


def parse_seconds(text: str) -> float:
    """Parse a systemd time span ("90", "1min 30s") into seconds; refuse an endless one."""
    spans = re.findall(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)", text)
    if not spans or re.sub(r"[0-9.\s]|[a-z]", "", text) or text.strip().startswith("inf"):
        raise ValueError(text)
    try:
        return sum(float(number) * _UNITS_OF_TIME[unit] for number, unit in spans)
    except KeyError:
        raise ValueError(text) from None


def parse_assignments(words: "list[str]") -> dict[str, str]:
    """Parse NAME=value words; systemd, too, takes no other names."""
    pairs = [word.partition("=") for word in words]
    if not all(equals and _ENVIRONMENT_NAME.fullmatch(name) for name, equals, _ in pairs):
        raise ValueError(words)
    return {name: value for name, _, value in pairs}


def parse_environment_file(text: str) -> dict[str, str]:
    """Parse an EnvironmentFile: one assignment a line, quotes taken away."""
    lines = re.sub(r"\\\n", "", text).splitlines()
    kept = [line.strip() for line in lines if line.strip() and line.strip()[0] not in "#;"]
    return parse_assignments([_unquoted(line) for line in kept])


def _unquoted(line: str) -> str:
    name, equals, value = line.partition("=")
    return (
        f"{name.strip()}{equals}{''.join(shlex.split(value)) if value[:1] in _QUOTES else value}"
    )


_QUOTES = ("'", '"')


def expand_command(command: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Split ExecStart into words: `${X}` stays one word, a bare `$X` becomes none or several."""
    words: list[str] = []
    for word in shlex.split(command):
        bare = re.fullmatch(r"\$([A-Za-z_]\w*)", word)
        if bare:
            words += environment.get(bare[1], "").split()
            continue
        words.append(_expand_word(word, environment))
    return tuple(words)


def _expand_word(word: str, environment: Mapping[str, str]) -> str:
    def value_of(match: "re.Match[str]") -> str:
        return "$" if match[0] == "$$" else environment.get(match[1], "")

    return re.sub(r"\$\$|\$\{(\w+)\}", value_of, word)
