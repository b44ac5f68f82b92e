"""Commands of an override-build: their choices and effects, as far as the text tells."""

import re
import shlex
from collections.abc import Iterator

from kafkastack.artifacts.poetry_project import Choice

_EXPORT = re.compile(r"(?:^|/)(poetry|uv)$")
# What brings build tools onto the machine of charmcraft, and the shell's own words: nothing
# of it is in the charm, whose packages are taken as wheels here.
_HARMLESS = frozenset(
    (
        *("craftctl", "rustup", "apt", "apt-get", "snap", "pip", "pip3", "pipx", "poetry", "uv"),
        *("curl", "wget", "gpg", "source", ".", "export", "set", "unset", "echo", "printf"),
        *("true", "cd", "mkdir", "ln", "test", "[", "[[", "]]", "exit"),
        *("if", "then", "else", "elif", "fi"),
    )
)
_PYTHON_TOOLS = re.compile(r"-m (pip|pipx|venv|poetry|uv)\b")
_PIPED_INSTALLER = re.compile(r"(ba)?sh( -s?( .*)?)?|python3 -")
_ABOUT_LOCKS = re.compile(r"requirements[\w.-]{0,200}\.txt")


def exported_by(commands: str) -> Choice | None:
    """Return the groups and extras of the last `poetry export` or `uv export|sync` there."""
    found: Choice | None = None
    for words in _commands(commands):
        tool = next((i for i, word in enumerate(words) if _EXPORT.search(word)), None)
        if tool is None:
            continue
        name, rest = words[tool].rpartition("/")[2], words[tool + 1 :]
        verb = next((word for word in rest if not word.startswith("-")), "")
        if name == "poetry" and verb == "export":
            found = _poetry_choice(rest[rest.index(verb) + 1 :])
        elif name == "uv" and verb in ("export", "sync"):
            found = _uv_choice(rest[rest.index(verb) + 1 :])
    return found


def unknown_command(commands: str) -> str:
    """Return the first command that may make files of the charm, "" if there is none."""
    for words in _commands(commands):
        while words and re.fullmatch(r"\w+=.*|!|sudo|then|else|do|time", words[0], re.DOTALL):
            words = words[1:]
        if not words:
            continue
        line = " ".join(words)
        program = words[0].rpartition("/")[2]
        is_tooling = _PYTHON_TOOLS.search(line) or _PIPED_INSTALLER.fullmatch(line)
        if program not in _HARMLESS and not is_tooling and not _ABOUT_LOCKS.search(line):
            return line
    return ""


def _commands(text: str) -> Iterator[list[str]]:
    for line in text.replace("\\\n", " ").splitlines():
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield from _split(stripped)


def _split(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
    lexer.whitespace_split = True
    command: list[str] = []
    try:
        for word in lexer:
            if set(word) <= set("|&;()"):
                if command:
                    yield command
                command = []
            else:
                command.append(word)
    except ValueError:  # a quotation that goes on in the next line
        command = line.split()
    if command:
        yield command


def _poetry_choice(words: list[str]) -> Choice:
    options = list(_options(words, {"-E": "--extras"}))
    main: list[str] = ["main"]
    for option, value in options:
        if option == "--with":
            main += _list(value)
    only = [name for option, value in options if option == "--only" for name in _list(value)]
    without = {n for option, value in options if option == "--without" for n in _list(value)}
    if any(option == "--dev" for option, _ in options):
        main.append("dev")
    extras = [n for option, value in options if option == "--extras" for n in _list(value)]
    names = [name for name in dict.fromkeys(only or main) if name not in without]
    flags = {option for option, _ in options}
    return Choice(tuple(names), tuple(extras), "--all-groups" in flags, "--all-extras" in flags)


def _uv_choice(words: list[str]) -> Choice:
    options = list(_options(words, {}))
    groups = [n for option, value in options if option == "--group" for n in _list(value)]
    only = [n for option, value in options if option == "--only-group" for n in _list(value)]
    extras = [n for option, value in options if option == "--extra" for n in _list(value)]
    flags = {option for option, _ in options}
    names = tuple(dict.fromkeys(only or ("main", *groups)))
    return Choice(names, tuple(extras), "--all-groups" in flags, "--all-extras" in flags)


_FLAGS = ("--all-extras", "--all-groups", "--dev", "--without-hashes", "--with-credentials")


def _options(words: list[str], short: dict[str, str]) -> Iterator[tuple[str, str]]:
    rest = iter(words)
    for word in rest:
        option, sign, value = word.partition("=")
        if not option.startswith("-"):
            continue
        if not sign and option not in _FLAGS and not option.startswith(("--no-", "--frozen")):
            value = next(rest, "")
        yield short.get(option, option), value


def _list(value: str) -> list[str]:
    return [word for word in re.split(r"[,\s]+", value) if word]
