"""A command line means the same however its flags are spelt and wherever they stand."""

from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag, parse

RELATION = Flag(("r", "relation"))
NUMBER = Flag(("n", "num-units"), default="1")
CONFIG = Flag(("config",), repeat=True)
APP = Flag(("a", "app"), takes_value=False)
FORCE = Flag(("f", "force"), takes_value=False)
FLAGS = (RELATION, NUMBER, CONFIG, APP, FORCE)
VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@dataclass(frozen=True)
class Piece:
    """Some words of a command line, and what they mean: a flag's value, or a positional."""

    words: tuple[str, ...]
    key: str
    value: str


def spellings(flag: Flag, name: str, value: str) -> list[tuple[str, ...]]:
    if len(name) > 1:
        return [(f"--{name}", value), (f"--{name}={value}",)]
    return [(f"-{name}", value), (f"-{name}={value}",)]


@st.composite
def pieces(draw: st.DrawFn) -> Piece:
    kind = draw(st.sampled_from(["positional", "value", "boolean"]))
    if kind == "positional":
        text = draw(VALUES.filter(lambda word: word == "-" or not word.startswith("-")))
        return Piece((text,), "", text)
    if kind == "value":
        flag = draw(st.sampled_from([RELATION, NUMBER, CONFIG]))
        name, value = draw(st.sampled_from(flag.names)), draw(VALUES)
        return Piece(draw(st.sampled_from(spellings(flag, name, value))), flag.key, value)
    flag = draw(st.sampled_from([APP, FORCE]))
    dashed = draw(st.sampled_from([f"-{flag.names[0]}", f"--{flag.names[1]}"]))
    word, value = draw(
        st.sampled_from([("", "true"), ("=True", "true"), ("=false", "false"), ("=0", "false")])
    )
    return Piece((dashed + word,), flag.key, value)


@given(st.lists(pieces()), st.lists(VALUES))
def test_flags_may_be_spelt_and_stand_as_one_likes(line: list[Piece], rest: list[str]):
    words = [word for piece in line for word in piece.words]
    parsed = parse(FLAGS, [*words, "--", *rest])
    assert parsed.positional == (*(p.value for p in line if not p.key), *rest)
    assert parsed.rest == tuple(rest)
    assert parsed.given == {piece.key for piece in line if piece.key}
    last = {piece.key: piece.value for piece in line if piece.key}
    defaults = {"relation": "", "num-units": "1", "config": "", "app": "false", "force": "false"}
    assert parsed.values == defaults | last
    assert parsed.lists["config"] == [p.value for p in line if p.key == "config"]


@given(st.lists(VALUES | st.text("-=arnfx", min_size=1, max_size=6)), st.booleans())
@example(["-r"], True)
@example(["--", "-x"], False)
def test_any_line_is_parsed_or_refused(words: list[str], intermixed: bool):
    flags = [word for word in words if word[:1] == "-" and word not in ("-", "--")]
    try:
        parsed = parse(FLAGS, words, intermixed=intermixed)
    except UsageError as error:
        assert flags and error.message
        return
    assert [word for word in parsed.positional if word not in words] == []


@given(st.lists(VALUES), VALUES.filter(lambda word: not word.startswith("-")))
def test_what_follows_the_first_word_of_a_command_is_its_own(words: list[str], first: str):
    parsed = parse(FLAGS, ["-a", first, *words], intermixed=False)
    assert parsed.positional == (first, *words)
    assert parsed.is_set("app")


@pytest.mark.parametrize(
    ("words", "key", "value"),
    [
        (["-n3"], "num-units", "3"),
        (["-n", "-3"], "num-units", "-3"),
        (["-af"], "force", "true"),
        (["-fn3"], "num-units", "3"),
        (["-fn", "3"], "num-units", "3"),
        (["-af=false"], "force", "false"),
        (["-afn="], "num-units", ""),
        (["-afn=3"], "num-units", "3"),
        ([f"-{'a' * 100_000}n3"], "num-units", "3"),
        (["--app=Yes"], "app", "true"),
        (["--relation", "--"], "relation", "--"),
        (["--relation="], "relation", ""),
        (["--relation=a=b"], "relation", "a=b"),
    ],
)
def test_short_forms(words: list[str], key: str, value: str):
    assert parse(FLAGS, words)[key] == value


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--nothing"], "option provided but not defined: --nothing"),
        (["--nothing=secret"], "option provided but not defined: --nothing"),
        (["-x"], "option provided but not defined: -x"),
        (["-ax"], "option provided but not defined: -x"),
        (["-axyz"], "option provided but not defined: -x"),
        (["-an"], "option needs an argument: -n"),
        (["-af=maybe"], 'invalid boolean value "maybe" for -f'),
        (["---"], "option provided but not defined: ---"),
        (["-="], "option provided but not defined: -"),
        (["-r"], "option needs an argument: -r"),
        (["a", "--relation"], "option needs an argument: --relation"),
        (["--app=maybe"], 'invalid boolean value "maybe" for --app'),
    ],
)
def test_refusals_name_the_option_and_no_value(words: list[str], text: str):
    with pytest.raises(UsageError) as refused:
        parse(FLAGS, words)
    assert refused.value.message == text


def test_a_value_that_is_none_of_the_choices_is_refused_with_them():
    flag = Flag(("format",), choices=("json", "yaml"))
    assert parse([flag], ["--format", "json"])["format"] == "json"
    with pytest.raises(UsageError, match="there are: json, yaml"):
        parse([flag], ["--format", "xml"])
