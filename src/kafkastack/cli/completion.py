"""completion: how a shell completes verbs, flags and names; made from the table of verbs."""

import os
import re
import signal
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager

from kafkastack.cli import client_store
from kafkastack.cli.session import Target
from kafkastack.cli.verbs import ALIASES, BY_NAME
from kafkastack.cli.verbs.row import Verb
from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag, Parsed

_PATIENCE_SECONDS = 3
# What a word of a usage stands for → the kind of names that fit there.
_KINDS = {
    "application": "applications",
    "unit": "units",
    "model": "models",
    "controller": "controllers",
    "machine": "machines",
    "command": "verbs",
    "verb": "verbs",
}
_BASH = """\
# Completion for bash: source <(kafkastack completion bash)
_kafkastack() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
    local verb=${{COMP_WORDS[1]}} flags= kinds= words=
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "{verbs}" -- "$current"))
        return
    fi
    case "$verb $COMP_CWORD" in
{families}
    esac
    case $verb in
{rows}
    esac
    case "$verb $before" in
{choices}
    *)  case $current in
        -*) words=$flags ;;
        *) words=$([ -z "$kinds" ] || kafkastack completion --names $kinds 2>/dev/null) ;;
        esac ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    [ -n "$words" ] || COMPREPLY=($(compgen -f -- "$current"))
}}
complete -F _kafkastack kafkastack
"""
_ZSH = """\
# Completion for zsh: source <(kafkastack completion zsh)
autoload -U +X bashcompinit && bashcompinit
"""


def completion(parsed: Parsed) -> int:
    """Print the script for a shell, or with --names what there is at the moment."""
    if parsed["names"]:
        kinds = (parsed["names"], *parsed.positional)
        with _in_time():
            print("\n".join(name for kind in kinds for name in _names(kind)))
        return 0
    shell = parsed.positional[0] if parsed.positional else "bash"
    if shell not in _SCRIPTS:
        raise UsageError(f'unknown shell "{shell}"', f"there are: {', '.join(_SCRIPTS)}")
    print(_SCRIPTS[shell](), end="")
    return 0


@contextmanager
def _in_time() -> Generator[None]:
    """End the program when a controller is silent: nobody waits longer for a word."""

    def late(*_: object) -> None:
        os._exit(0)

    signal.signal(signal.SIGALRM, late)
    signal.alarm(_PATIENCE_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)


def bash() -> str:
    """Return the script for bash."""
    verbs = [(_patterns(verb), verb) for verb in BY_NAME.values()]
    rows = [
        f"    {patterns}) flags='{' '.join(_long(verb))}' kinds='{' '.join(_kinds(verb))}' ;;"
        for patterns, verb in verbs
    ]
    choices = [
        f'    "{name} --{flag.key}") words="{" ".join(flag.choices)}" ;;'
        for _, verb in verbs
        for flag in verb.flags
        for name in _called(verb)
        if flag.choices
    ]
    families = [
        f'    "{family} 2")\n'
        f'        COMPREPLY=($(compgen -W "{" ".join(words)}" -- "$current")); return ;;\n'
        f'    "{family} "*) verb="$verb ${{COMP_WORDS[2]}}" ;;'
        for family, words in _families().items()
    ]
    return _BASH.format(
        verbs=" ".join(sorted(name for name in BY_NAME if " " not in name)),
        families="\n".join(families),
        rows="\n".join(rows),
        choices="\n".join(choices),
    )


def zsh() -> str:
    """Return the script for zsh, which runs bash's."""
    return _ZSH + bash()


def fish() -> str:
    """Return the script for fish."""
    lines = ["# Completion for fish: kafkastack completion fish | source"]
    for verb in BY_NAME.values():
        family, _, word = verb.name.rpartition(" ")
        begins = (
            f"{_fish_seen([family])}; and not {_fish_seen(_families()[family])}" if family else ""
        )
        lines.append(
            f"complete -c kafkastack -n '{begins or '__fish_use_subcommand'}' -f -a {word} "
            f"-d {_quoted(verb.summary)}"
        )
        others = "" if family else "".join(f"; and not {_fish_seen([f])}" for f in _families())
        within = f"{_fish_seen([family])}; and " if family else ""
        names = [word] if family else _called(verb)
        seen = f"-n '{within}{_fish_seen(names)}{others if verb.name not in _families() else ''}'"
        lines += [f"complete -c kafkastack {seen} {_fish_flag(flag)}" for flag in verb.flags]
        if kinds := _kinds(verb):
            names = f"(kafkastack completion --names {' '.join(kinds)})"
            lines.append(f"complete -c kafkastack {seen} -a '{names}'")
    return "\n".join(lines) + "\n"


_SCRIPTS = {"bash": bash, "zsh": zsh, "fish": fish}


def _families() -> dict[str, list[str]]:
    """Return the verbs of two words: the first one, with the second ones."""
    found = dict[str, list[str]]()
    for name in BY_NAME:
        family, _, word = name.rpartition(" ")
        if family:
            found.setdefault(family, []).append(word)
    return found


def _fish_seen(words: Iterable[str]) -> str:
    return f"__fish_seen_subcommand_from {' '.join(words)}"


def _fish_flag(flag: Flag) -> str:
    names = " ".join(f"-{'s' if len(name) == 1 else 'l'} {name}" for name in flag.names)
    value = " -r" if flag.takes_value else ""
    choices = f" -f -a '{' '.join(flag.choices)}'" if flag.choices else ""
    return f"{names}{value}{choices} -d {_quoted(flag.help)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _called(verb: Verb) -> list[str]:
    return [verb.name, *sorted(alias for alias, name in ALIASES.items() if name == verb.name)]


def _patterns(verb: Verb) -> str:
    return "|".join(f'"{name}"' for name in _called(verb))


def _long(verb: Verb) -> list[str]:
    return sorted(f"--{name}" for flag in verb.flags for name in flag.names if len(name) > 1)


def _kinds(verb: Verb) -> list[str]:
    words = re.findall(r"[a-z]+", verb.usage)
    return list(dict.fromkeys(_KINDS[word] for word in words if word in _KINDS))


def _names(kind: str) -> Iterator[str]:
    """Return the names of a kind; nothing where there is no controller to ask."""
    store = client_store.read()
    if kind == "verbs":
        yield from (name for name in BY_NAME if " " not in name)
    elif kind == "controllers":
        yield from store.controllers
    elif store.current:
        yield from _asked(kind, Target(store.current, store.models.get(store.current, "")))


def _asked(kind: str, target: Target) -> Iterator[str]:
    if kind == "models":
        for model in target.call("models", current="")["models"]:
            yield model["short-name"]
    elif target.model:
        document = target.call("status", selectors=[])
        if kind == "units":
            for application in document["applications"].values():
                yield from application.get("units", {})
        else:
            yield from document[kind]
