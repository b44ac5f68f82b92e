"""help: how a verb is typed, which verbs there are, and what to do instead of those refused."""

from collections.abc import Sequence

from kafkastack.cli.verbs import ALIASES, BY_NAME, FAMILIES
from kafkastack.cli.verbs.refused import REFUSED
from kafkastack.cli.verbs.row import GLOBAL, Verb
from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag, Parsed


def help(parsed: Parsed) -> int:  # noqa: A001  # the verb's own name
    """Print the help of a verb or a topic, or the list of verbs."""
    print(text_of(" ".join(parsed.positional)))
    return 0


def text_of(topic: str) -> str:
    """Return the help of a verb, an alias, a refused verb or a topic; of all verbs for ""."""
    if topic in _TOPICS:
        return _TOPICS[topic]()
    name = ALIASES.get(topic, topic)
    if name in BY_NAME:
        return describe(BY_NAME[name])
    if name in REFUSED:
        return describe_refused(name)
    raise UsageError(
        f'unknown command or topic for "{topic}"', nearest(topic) or 'See "kafkastack help".'
    )


def nearest(name: str) -> str:
    """Return a question about the verb that was meant; "" if none is near."""
    import difflib

    close = difflib.get_close_matches(name, BY_NAME, n=1)
    return f"Did you mean: kafkastack {close[0]}" if close else ""


def overview() -> str:
    """Return the list of verbs, by family."""
    lines = ["kafkastack: Kafka on MicroStack, in one command", ""]
    width = max(map(len, BY_NAME))
    for family, verbs in FAMILIES.items():
        lines.append(f"{family}:")
        lines += [f"  {v.name:<{width}}  {v.summary}" for v in verbs]
        lines.append("")
    return "\n".join([*lines, 'See "kafkastack help <verb>" for one of them.'])


def describe(verb: Verb) -> str:
    """Return the help of a verb, as Juju lays it out."""
    lines = [f"Usage: kafkastack {verb.name} [options] {verb.usage}".rstrip(), ""]
    lines += ["Summary:", f"{verb.summary}.", "", "Options:"]
    lines += _options(verb.flags)
    if verb.example:
        lines += ["", "Example:", f"    kafkastack {verb.example}"]
    if aliases := sorted(alias for alias, name in ALIASES.items() if name == verb.name):
        lines += ["", f"Aliases: {', '.join(aliases)}"]
    return "\n".join(lines)


def describe_refused(name: str) -> str:
    """Return the help of a verb of Juju's that is not done here."""
    refusal = REFUSED[name]
    lines = [f"Usage: kafkastack {name}", "", "Summary:", f"Not supported: {refusal.why}."]
    return "\n".join([*lines, "", "Instead:", f"    {refusal.instead}"])


def _options(flags: Sequence[Flag]) -> list[str]:
    lines: list[str] = []
    for flag in flags:
        names = ", ".join(("-" if len(n) == 1 else "--") + n for n in sorted(flag.names, key=len))
        default = f' (= "{flag.default}")' if flag.default else ""
        lines += [f"{names}{default}", f"    {flag.help}"]
    return lines


def commands() -> str:
    """Return every verb and alias with what it does, in the order of the alphabet."""
    summaries = {verb.name: verb.summary for verb in BY_NAME.values()}
    summaries |= {alias: f"Alias for '{name}'" for alias, name in ALIASES.items()}
    width = max(map(len, summaries))
    return "\n".join(f"{name:<{width}}  {summaries[name]}." for name in sorted(summaries))


def global_options() -> str:
    """Return the flags that every verb takes."""
    return "\n".join(["Global Options", "", *_options(GLOBAL)])


def topics() -> str:
    """Return what beside verbs there is help about."""
    return "\n".join(f"{name:<16}{text}" for name, text in _ABOUT.items())


_ABOUT = {
    "commands": "Every command with its summary",
    "global-options": "The flags that every command takes",
    "topics": "This list",
}
_TOPICS = {
    "": overview,
    "commands": commands,
    "global-options": global_options,
    "topics": topics,
}
