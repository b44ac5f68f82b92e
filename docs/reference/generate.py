"""Write commands.md from the table of verbs: python docs/reference/generate.py."""

from pathlib import Path

from kafkastack.cli.verbs import ALIASES, FAMILIES
from kafkastack.cli.verbs.refused import REFUSED, Refusal
from kafkastack.cli.verbs.row import Verb
from kafkastack.gnuflag import Flag

PAGE = Path(__file__).with_name("commands.md")


def page() -> str:
    """Return the reference page of all verbs, by family."""
    lines = [
        "# Commands",
        "",
        "Made from the table of verbs by `make reference`. Flags stand anywhere, as in Juju;",
        "`kafkastack help VERB` shows the same. Aliases: "
        + ", ".join(f"`{alias}` is `{name}`" for alias, name in sorted(ALIASES.items()))
        + ".",
    ]
    for family, verbs in FAMILIES.items():
        lines += ["", f"## {family}"]
        for verb in verbs:
            lines += section(verb)
    return "\n".join([*lines, *refused(), ""])


def refused() -> list[str]:
    """Return the table of Juju's commands that are not done here."""
    title = [
        "",
        "## Juju's commands that are refused",
        "",
        "| command | why | instead |",
        "|---|---|---|",
    ]
    names: dict[Refusal, list[str]] = {}
    for name, refusal in sorted(REFUSED.items()):
        names.setdefault(refusal, []).append(f"`{name}`")
    return title + [
        f"| {', '.join(commands)} | {refusal.why} | {refusal.instead} |"
        for refusal, commands in names.items()
    ]


def section(verb: Verb) -> list[str]:
    """Return the lines of one verb."""
    usage = f"kafkastack {verb.name} [options] {verb.usage}".rstrip()
    lines = ["", f"### {verb.name}", "", f"{verb.summary}.", "", f"    {usage}"]
    if verb.flags:
        lines += ["", "| flag | meaning | default |", "|---|---|---|"]
        lines += [row(flag) for flag in verb.flags]
    if verb.example:
        lines += ["", f"Example: `kafkastack {verb.example}`"]
    return lines


def row(flag: Flag) -> str:
    """Return the row of one flag."""
    names = ", ".join(("-" if len(n) == 1 else "--") + n for n in sorted(flag.names, key=len))
    often = "; can be repeated" if flag.repeat else ""
    default = f"`{flag.default}`" if flag.default else ""
    help_text = (flag.help + often).replace("|", "\\|")
    return f"| `{names}` | {help_text} | {default} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
