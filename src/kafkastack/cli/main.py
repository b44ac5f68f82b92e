"""What happens to a command line: find the verb, parse, call its function, tell an error."""

import errno
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import cast

from kafkastack import JUJU_VERSION, __version__
from kafkastack.cli.verbs import ALIASES, BY_NAME, FAMILIES
from kafkastack.cli.verbs.row import OUTPUT, Verb
from kafkastack.errors import KafkastackError, PreflightError, UnsupportedError, UsageError
from kafkastack.gnuflag import Parsed, parse

_HELP = ("--help", "-h")
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
        return _run(words)
    except KafkastackError as error:
        print(f"ERROR {error}{_usage_of(words, error)}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"ERROR {_of_a_file(error)}{_what_to_do(error)}", file=sys.stderr)
        return _LACKING if error.errno in _LACKS else 1
    except KeyboardInterrupt:
        return 130


def _run(words: list[str]) -> int:
    if not words or words[0] in _HELP:
        print(overview())
        return 0
    name = ALIASES.get(words[0], "version" if words[0] == "--version" else words[0])
    verb = BY_NAME.get(name)
    if verb is None:
        return _without_a_row(words[0], words[1:])
    if _asks_for_help(verb, words[1:]):
        print(describe(verb))
        return 0
    parsed = parse(verb.flags, words[1:], intermixed=verb.intermixed)
    _check_arguments(verb, parsed)
    module = importlib.import_module(f"kafkastack.{verb.module}")
    function = cast(Callable[[Parsed], int], getattr(module, verb.function))
    return _into_file(function, parsed) if _names_a_file(verb, parsed) else function(parsed)


def _names_a_file(verb: Verb, parsed: Parsed) -> bool:
    return OUTPUT in verb.flags and bool(parsed["output"])


def _into_file(function: Callable[[Parsed], int], parsed: Parsed) -> int:
    """Write what the verb would print into the file of --output."""
    terminal = sys.stdout
    with open(parsed["output"], "w") as sys.stdout:  # noqa: PTH123  # pathlib costs its import
        try:
            return function(parsed)
        finally:
            sys.stdout = terminal


def _without_a_row(name: str, words: Sequence[str]) -> int:
    """Refuse one of Juju's verbs that is not done here; any other word is a mistake."""
    from kafkastack.cli.verbs.refused import REFUSED

    if name not in REFUSED:
        raise UsageError(
            f'unrecognized command: kafkastack {name}\nSee "kafkastack help".', _nearest(name)
        )
    if any(word in _HELP for word in words):
        print(describe_refused(name))
        return 0
    refusal = REFUSED[name]
    raise UnsupportedError(f"kafkastack {name} is not supported: {refusal.why}", refusal.instead)


def _usage_of(words: Sequence[str], error: KafkastackError) -> str:
    """Return what to add to an error that has no advice: where to read how it is typed."""
    is_known = bool(words) and words[0] in BY_NAME
    if error.advice or not is_known or not isinstance(error, UsageError):
        return ""
    return f'\nSee "kafkastack help {words[0]}".'


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


def _nearest(name: str) -> str:
    import difflib  # a tenth of what `status` takes: paid by those who mistype

    close = difflib.get_close_matches(name, BY_NAME, n=1)
    return f"Did you mean: kafkastack {close[0]}" if close else ""


def overview() -> str:
    """Return the list of verbs, by family."""
    lines = ["kafkastack: Kafka on MicroStack, in one command", ""]
    for family, verbs in FAMILIES.items():
        lines.append(f"{family}:")
        lines += [f"  {v.name:<20} {v.summary}" for v in verbs]
        lines.append("")
    return "\n".join([*lines, 'See "kafkastack help <verb>" for one of them.'])


def describe(verb: Verb) -> str:
    """Return the help of a verb, as Juju lays it out."""
    lines = [f"Usage: kafkastack {verb.name} [options] {verb.usage}".rstrip(), ""]
    lines += ["Summary:", f"{verb.summary}.", "", "Options:"]
    for flag in verb.flags:
        names = ", ".join(("-" if len(n) == 1 else "--") + n for n in sorted(flag.names, key=len))
        default = f' (= "{flag.default}")' if flag.default else ""
        lines += [f"{names}{default}", f"    {flag.help}"]
    if verb.example:
        lines += ["", "Example:", f"    kafkastack {verb.example}"]
    if aliases := sorted(alias for alias, name in ALIASES.items() if name == verb.name):
        lines += ["", f"Aliases: {', '.join(aliases)}"]
    return "\n".join(lines)


def describe_refused(name: str) -> str:
    """Return the help of a verb of Juju's that is not done here."""
    from kafkastack.cli.verbs.refused import REFUSED

    refusal = REFUSED[name]
    lines = [f"Usage: kafkastack {name}", "", "Summary:", f"Not supported: {refusal.why}."]
    return "\n".join([*lines, "", "Instead:", f"    {refusal.instead}"])


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


def help(parsed: Parsed) -> int:  # noqa: A001  # the verb's own name
    """Print the help of a verb, or the list of verbs."""
    if not parsed.positional:
        print(overview())
        return 0
    from kafkastack.cli.verbs.refused import REFUSED

    name = ALIASES.get(parsed.positional[0], parsed.positional[0])
    if name in REFUSED and name not in BY_NAME:
        print(describe_refused(name))
        return 0
    if name not in BY_NAME:
        raise UsageError(
            f'unknown command or topic for "{name}"', _nearest(name) or 'See "kafkastack help".'
        )
    print(describe(BY_NAME[name]))
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
