"""Entry point of the command line: find the verb, parse, call its function, report an error."""

import errno
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

from kafkastack import JUJU_VERSION, __version__
from kafkastack.cli.verbs import ALIASES, BY_NAME
from kafkastack.cli.verbs.row import GLOBAL, OUTPUT, QUIET, Verb
from kafkastack.errors import KafkastackError, PreflightError, UnsupportedError, UsageError
from kafkastack.gnuflag import Parsed, parse
from kafkastack.model.text import visible
from kafkastack.system.streams import guarded

_HELP = ("--help", "-h")
_BEFORE = {"-" * (1 + (len(name) > 1)) + name for flag in GLOBAL for name in flag.names}
_DRAWING = (
    "cli.fetch",
    "cli.kafka.lifecycle",
    "cli.microstack",
    "tutorial.command",
)  # bars; all their text is ours
_LACKING = PreflightError.exit_code
_LACKS = (errno.EROFS, errno.ENOSPC, errno.EDQUOT)
_MAKE_ROOM = "free some space, then type the same command again"
_ADVICE = {
    errno.ENOENT: "check the path, or make the file first",
    errno.EISDIR: "give a file, not a folder",
    errno.EACCES: "type it as the user who may, or name another file",
    errno.EROFS: "set KAFKASTACK_DATA and KAFKASTACK_CACHE to folders that you can write",
    errno.ENOSPC: _MAKE_ROOM,
    errno.EDQUOT: _MAKE_ROOM,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return run_words(words)
    except KafkastackError as error:
        if "--debug" in words:
            _print_traceback()
        print(visible(f"ERROR {error}{_usage_of(words, error)}"), file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(visible(f"ERROR {_of_a_file(error)}{_what_to_do(error)}"), file=sys.stderr)
        return _LACKING if error.errno in _LACKS else 1
    except KeyboardInterrupt:
        return 130


def run_words(words: list[str]) -> int:
    """Run one command line; what is wrong is raised."""
    words = verb_first(words)
    if not words or words[0] in _HELP:
        return show_help("")
    name = ALIASES.get(words[0], "version" if words[0] == "--version" else words[0])
    rest = words[1:]
    if rest and f"{name} {rest[0]}" in BY_NAME:  # "microstack status"
        name, rest = f"{name} {rest[0]}", rest[1:]
    verb = BY_NAME.get(name)
    if verb is None:
        return _without_a_row(words[0], rest)
    if _asks_for_help(verb, rest):
        return show_help(name)
    parsed = parse((*GLOBAL, *verb.flags), rest, intermixed=verb.intermixed)
    _check_arguments(verb, parsed)
    module = importlib.import_module(f"kafkastack.{verb.module}")
    function = cast(Callable[[Parsed], int], getattr(module, verb.function))
    if OUTPUT in verb.flags and parsed["output"]:
        function = partial(_into_file, function)
    elif parsed.is_set("quiet") and QUIET not in verb.flags:
        function = partial(_quietly, function)
    return function(parsed) if verb.module in _DRAWING else _guardedly(function, parsed)


def _guardedly(function: Callable[[Parsed], int], parsed: Parsed) -> int:
    """Run a verb that shows what strangers wrote; a pipe is given the very bytes of stdout."""
    streams = sys.stdout, sys.stderr
    if sys.stdout.isatty():
        sys.stdout = guarded(sys.stdout, colors=True)
    sys.stderr = guarded(sys.stderr)
    try:
        return function(parsed)
    finally:
        sys.stdout, sys.stderr = streams


def _into_file(function: Callable[[Parsed], int], parsed: Parsed) -> int:
    """Write what the verb would print into the file of --output."""
    terminal = sys.stdout
    with open(parsed["output"], "w") as sys.stdout:  # noqa: PTH123  # pathlib costs its import
        try:
            return function(parsed)
        finally:
            sys.stdout = terminal


def _quietly(function: Callable[[Parsed], int], parsed: Parsed) -> int:
    """Run a verb without what it tells beside its output; main still tells an error."""
    terminal = sys.stderr
    with open(os.devnull, "w") as sys.stderr:  # noqa: PTH123  # pathlib costs its import
        try:
            return function(parsed)
        finally:
            sys.stderr = terminal


def _without_a_row(name: str, words: Sequence[str]) -> int:
    """Refuse one of Juju's verbs that is not done here; any other word is a mistake."""
    from kafkastack.cli.help import nearest
    from kafkastack.cli.verbs.refused import REFUSED

    if name not in REFUSED:
        raise UsageError(
            f'unrecognized command: kafkastack {name}\nSee "kafkastack help".', nearest(name)
        )
    if any(word in _HELP for word in words):
        return show_help(name)
    refusal = REFUSED[name]
    raise UnsupportedError(f"kafkastack {name} is not supported: {refusal.why}", refusal.instead)


def verb_first(words: Sequence[str]) -> list[str]:
    """Return the words with the global flags that stand before the verb behind it."""
    before: list[str] = []
    rest = list(words)
    while rest and rest[0].partition("=")[0] in _BEFORE:
        before.append(rest.pop(0))
        if before[-1] == "--logging-config":
            before += rest[:1]
            del rest[:1]
    return [*rest[:1], *before, *rest[1:]]


def show_help(topic: str) -> int:
    """Print the help of a verb; of all of them for ""."""
    from kafkastack.cli.help import text_of

    print(text_of(topic))
    return 0


def _print_traceback() -> None:
    import traceback

    traceback.print_exc(file=guarded(sys.stderr))


def _usage_of(words: Sequence[str], error: KafkastackError) -> str:
    """Return what to add to an error that has no advice: where to read how it is typed."""
    both = " ".join(words[:2])
    name = both if both in BY_NAME else " ".join(words[:1])
    if error.advice or name not in BY_NAME or not isinstance(error, UsageError):
        return ""
    return f'\nSee "kafkastack help {name}".'


def _of_a_file(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


def _what_to_do(error: OSError) -> str:
    advice = _ADVICE.get(error.errno or 0, "")
    return f"\n{advice}" if advice else ""


def _asks_for_help(verb: Verb, words: Sequence[str]) -> bool:
    asked = words[:1] if not verb.intermixed else words
    before_dashes = asked[: asked.index("--")] if "--" in asked else asked
    return any(word in _HELP for word in before_dashes)


def _check_arguments(verb: Verb, parsed: Parsed) -> None:
    least, most = verb.arguments
    if not least <= len(parsed.positional) <= most:
        problem = "missing arguments" if len(parsed.positional) < least else "too many arguments"
        raise UsageError(f"{problem}: kafkastack {verb.name} {verb.usage}".rstrip())


def version(parsed: Parsed) -> int:
    """Print the version: Juju's for the contract, ours beside it."""
    number = f"{JUJU_VERSION}-{_base()}-{_architecture()}"
    if parsed["format"] == "json":
        import json

        print(json.dumps({"version": number, "git-commit": "", "kafkastack": __version__}))
    elif parsed["format"] == "yaml" or parsed.is_set("all"):
        print(f"version: {number}\nkafkastack: {__version__}")
    else:
        print(number)
    return 0


def _base() -> str:
    import platform

    try:
        return platform.freedesktop_os_release().get("ID", "linux")
    except OSError:
        return "linux"


def _architecture() -> str:
    names = {"x86_64": "amd64", "aarch64": "arm64"}
    return names.get(os.uname().machine, os.uname().machine)
