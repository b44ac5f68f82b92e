"""completion: how a shell completes verbs, flags and names; made from the table of verbs."""

import re
from collections.abc import Iterator

from kafkastack.cli import client_store
from kafkastack.cli.session import Target
from kafkastack.cli.verbs import ALIASES, BY_NAME
from kafkastack.cli.verbs.row import Verb
from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag, Parsed

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
        print("\n".join(name for kind in kinds for name in _names(kind)))
        return 0
    shell = parsed.positional[0] if parsed.positional else "bash"
    if shell not in _SCRIPTS:
        raise UsageError(f'unknown shell "{shell}"', f"there are: {', '.join(_SCRIPTS)}")
    print(_SCRIPTS[shell](), end="")
    return 0


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
    return _BASH.format(
        verbs=" ".join(sorted(BY_NAME)), rows="\n".join(rows), choices="\n".join(choices)
    )


def zsh() -> str:
    """Return the script for zsh, which runs bash's."""
    return _ZSH + bash()


def fish() -> str:
    """Return the script for fish."""
    lines = ["# Completion for fish: kafkastack completion fish | source"]
    for verb in BY_NAME.values():
        lines.append(
            f"complete -c kafkastack -n __fish_use_subcommand -f -a {verb.name} "
            f"-d {_quoted(verb.summary)}"
        )
        seen = f"-n '__fish_seen_subcommand_from {' '.join(_called(verb))}'"
        lines += [f"complete -c kafkastack {seen} {_fish_flag(flag)}" for flag in verb.flags]
        if kinds := _kinds(verb):
            names = f"(kafkastack completion --names {' '.join(kinds)})"
            lines.append(f"complete -c kafkastack {seen} -a '{names}'")
    return "\n".join(lines) + "\n"


_SCRIPTS = {"bash": bash, "zsh": zsh, "fish": fish}


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
    return "|".join(_called(verb))


def _long(verb: Verb) -> list[str]:
    return sorted(f"--{name}" for flag in verb.flags for name in flag.names if len(name) > 1)


def _kinds(verb: Verb) -> list[str]:
    words = re.findall(r"[a-z]+", verb.usage)
    return list(dict.fromkeys(_KINDS[word] for word in words if word in _KINDS))


def _names(kind: str) -> Iterator[str]:
    """Return the names of a kind; nothing where there is no controller to ask."""
    store = client_store.read()
    if kind == "verbs":
        yield from BY_NAME
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
