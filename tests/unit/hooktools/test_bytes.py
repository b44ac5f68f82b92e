"""Bytes that are no text: an error of the one call that brings them; nothing of it is kept."""

import itertools
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kafkastack.errors import UsageError
from kafkastack.hooktools.tools.settings import map_from
from kafkastack.model.records import Task
from tests.fakes.world import World

ACTION = Task(4, 3, "app/0", "go", 0.0)
TAKING_WORDS = [
    "action-fail",
    "action-log",
    "action-set a=",
    "application-version-set ",
    "close-port ",
    "goal-state ",
    "juju-log ",
    "leader-set a=",
    "network-get ",
    "open-port ",
    "relation-get -r 1 ",
    "relation-set -r 1 ",
    "relation-set -r 1 a=",
    "resource-get ",
    "secret-add key=",
    "secret-add --label ",
    "secret-get ",
    "state-set a=",
    "state-set ",
    "state-delete ",
    "status-set active ",
    "storage-add ",
]
DEEP = 100_000
DEEP_FILES = {
    "json": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "json lists": b'{"a": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "flow": b"{a: " * DEEP + b"}" * DEEP,
    "flow lists": b"a: " + b"[" * DEEP,
    "a key": b"? " + b"[" * DEEP,
    "block": b"".join(b" " * n + b"a:\n" for n in range(2000)),
}


BAD = ["\udcff", "x\udcc3", "\0", "a\0b", "=\udcff"]
BAD_FILES = [
    b'{"key1": "\\ud800"}',
    b'{"key1": "\\u0000"}',
    b'{"k\\udfff": "v"}',
    b'key1: "\\0"',
    b"key1: a\xffb",
    b'{"key1": "\xff"}',
    b"\0",
    *DEEP_FILES.values(),
]


def test_a_word_that_is_no_text_is_refused(world: World):
    run = world.run(task=ACTION)
    for words, bad in itertools.product(TAKING_WORDS, BAD):
        *before, last = words.split(" ") if " " in words else [words, ""]
        done = run.call(*before, last + bad)
        assert done.returncode == 2, (words, bad)
        assert b" is not text: it " in done.stderr
    run.commit()
    json.dumps([run.context.messages]).encode()
    repr(run.context.calls).encode()


@pytest.mark.parametrize("tool", ["relation-set -r 1", "state-set", "leader-set", "secret-add"])
@pytest.mark.parametrize("way", ["-", "/f"])
def test_a_file_that_is_no_text_or_no_map_is_refused(world: World, tool: str, way: str):
    run = world.run()
    for content in BAD_FILES:
        world.files["/f"] = content
        done = run.call(*tool.split(), "--file", way, stdin=content if way == "-" else b"")
        assert (done.returncode, done.stderr[:6]) == (2, b"ERROR "), content[:50]
    run.commit()


def test_aliases_do_not_multiply():
    bomb = b"a: &a " + b"x" * 1_000_000 + b"\n" + b"".join(b"k%d: *a\n" % n for n in range(100))
    with pytest.raises(UsageError, match="more than 16777216 characters"):
        map_from(bomb)
    with pytest.raises(UsageError, match="nowhere before"):
        map_from(b"a: *b")


@pytest.mark.parametrize("secret", ["key1#base64=AA==", "key1#base64=/w==", "key1#file=/f"])
def test_a_secret_is_text(world: World, secret: str):
    world.files["/f"] = b"a\0b"
    assert world.run().refuses("secret-add", secret).startswith('invalid value of key "key1"')


def test_a_word_that_no_exec_would_take_is_refused(world: World):
    said = world.run().refuses("status-set", "active", "x" * 131_073)
    assert said == "argument 2 is too long: pass it in a file"


WORDS = st.text(st.characters(exclude_categories=()), max_size=5)
FILES = (
    st.binary(max_size=200)
    | st.dictionaries(WORDS, WORDS).map(lambda bag: json.dumps(bag).encode())
    | st.tuples(WORDS, WORDS).map(lambda pair: ": ".join(pair).encode(errors="surrogatepass"))
)


@given(FILES)
@example(b"key: value")
def test_whatever_a_file_holds_it_is_read_or_refused(content: bytes):
    try:
        values = map_from(content)
    except UsageError:
        return
    for key, value in values.items():
        assert "\0" not in key + value
        (key + value).encode()
