"""Every verb of Juju 3.6 is done, or refused with what works instead; ours are complete."""

import importlib
from pathlib import Path

import pytest

from kafkastack.cli.help import commands, describe, describe_refused
from kafkastack.cli.main import main, verb_first
from kafkastack.cli.verbs import ALIASES, BY_NAME
from kafkastack.cli.verbs.refused import REFUSED
from kafkastack.cli.verbs.row import GLOBAL

# The names of Juju's public command reference.
JUJU = Path(__file__).with_name("juju-3.6-verbs.txt").read_text().split()


def test_every_verb_of_juju_is_done_or_refused():
    known = {*BY_NAME, *ALIASES, *REFUSED}
    assert [name for name in JUJU if name not in known] == []


def test_what_is_done_is_not_refused():
    assert set(REFUSED) & {*BY_NAME, *ALIASES} == set()


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_one_sentence_and_names_what_works(
    name: str, capsys: pytest.CaptureFixture[str]
):
    assert main([name, "anything", "--flag", "-x"]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first == f"ERROR kafkastack {name} is not supported: {REFUSED[name].why}"
    assert second == REFUSED[name].instead
    assert first[-1] not in ".!" and len(first) < 160


@pytest.mark.parametrize("words", [["help", "enable-ha"], ["enable-ha", "--help"]])
def test_a_refused_verb_has_help(words: list[str], capsys: pytest.CaptureFixture[str]):
    assert main(words) == 0
    assert capsys.readouterr().out == describe_refused("enable-ha") + "\n"


def test_an_unknown_verb_is_a_mistake(capsys: pytest.CaptureFixture[str]):
    assert main(["statsu"]) == 2
    assert "Did you mean: kafkastack status" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "topic"), [(["kafka", "topics"], "kafka topics"), (["status", "--no"], "status")]
)
def test_a_mistake_names_the_help_of_its_own_verb(
    words: list[str], topic: str, capsys: pytest.CaptureFixture[str]
):
    assert main(words) == 2
    assert capsys.readouterr().err.endswith(f'See "kafkastack help {topic}".\n')


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_stands_for_a_verb_and_is_told_by_its_help(alias: str):
    assert alias in describe(BY_NAME[ALIASES[alias]]).partition("Aliases: ")[2]


@pytest.mark.parametrize("name", BY_NAME)
def test_a_verb_has_a_function_and_help(name: str):
    verb = BY_NAME[name]
    module = importlib.import_module(f"kafkastack.{verb.module}")
    assert getattr(module, verb.function).__doc__
    assert verb.summary in describe(verb) and not verb.summary.endswith(".")
    assert all(flag.help for flag in verb.flags)


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]):
    assert main(["help", "commands"]) == 0
    assert capsys.readouterr().out == commands() + "\n"
    assert {line.split("  ")[0] for line in commands().splitlines()} == {*BY_NAME, *ALIASES}


def test_help_has_topics(capsys: pytest.CaptureFixture[str]):
    assert main(["help", "topics"]) == 0
    topics = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert topics == ["commands", "global-options", "topics"]
    assert main(["help", "global-options"]) == 0
    shown = capsys.readouterr().out
    assert [flag.key for flag in GLOBAL if f"--{flag.key}" not in shown] == []


@pytest.mark.parametrize(
    ("words", "ordered"),
    [
        (["--debug", "status", "--format", "json"], ["status", "--debug", "--format", "json"]),
        (["-q", "--logging-config", "x", "models"], ["models", "-q", "--logging-config", "x"]),
        (["--logging-config=x", "models"], ["models", "--logging-config=x"]),
        (["--help"], ["--help"]),
        ([], []),
    ],
)
def test_global_flags_may_stand_before_the_verb(words: list[str], ordered: list[str]):
    assert verb_first(words) == ordered


def test_debug_shows_where_an_error_comes_from(capsys: pytest.CaptureFixture[str]):
    assert main(["show-cloud", "nothing", "--client", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err
    assert main(["-v", "show-cloud", "nothing", "--client"]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_quiet_leaves_errors(capsys: pytest.CaptureFixture[str]):
    assert main(["autoload-credentials", "nothing", "--quiet"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["show-cloud", "nothing", "--client", "-q"]) == 1
    assert capsys.readouterr().err.startswith("ERROR cloud nothing not found")


@pytest.mark.parametrize(
    ("words", "listed", "other"),
    [
        ("help-hook-commands", "relation-set", "action-set"),
        ("hook-tool", "is-leader", "add-metric"),
        ("help-action-commands", "action-set", "relation-set"),
    ],
)
def test_the_tools_of_charms_are_listed(
    words: str, listed: str, other: str, capsys: pytest.CaptureFixture[str]
):
    assert main([words]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert listed in [line.split()[0] for line in lines] and all(line[-1] == "." for line in lines)
    assert other not in [line.split()[0] for line in lines]
    assert all(len(line.split()) > 1 for line in lines)


def test_a_tool_of_charms_is_described(capsys: pytest.CaptureFixture[str]):
    assert main(["help-hook-commands", "juju-log"]) == 0
    assert capsys.readouterr().out.startswith("Usage: juju-log")
    assert main(["help-hook-commands", "nothing"]) == 1
    assert 'unknown command "nothing"' in capsys.readouterr().err
