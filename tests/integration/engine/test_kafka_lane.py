"""The developer's lane where there is no Kafka: one sentence, and what to type."""

from collections.abc import Iterator

import pytest

from tests.fakes.engine import Engine, engine

_START = "type: kafkastack kafka start"


@pytest.fixture(scope="module")
def nothing() -> Iterator[Engine]:
    """An engine without a controller."""
    with engine() as made:
        yield made


VERBS = [
    ("topics", "--list"),
    ("produce", "--topic", "t"),
    ("consume", "--topic", "t"),
    ("groups", "--list"),
    ("client-config",),
    ("stop",),
    ("rm", "--no-prompt"),
]


@pytest.mark.parametrize("words", VERBS, ids=lambda words: words[0])
def test_without_a_controller_there_is_no_kafka_yet(nothing: Engine, words: tuple[str, ...]):
    told = nothing.fails("kafka", *words)
    assert told == f"ERROR there is no Kafka yet\n{_START}\n"


@pytest.mark.parametrize("words", VERBS, ids=lambda words: words[0])
def test_a_name_that_is_not_there_is_told_with_how_to_get_it(
    shared: Engine, words: tuple[str, ...]
):
    told = shared.fails("kafka", *words, "--name", "mine")
    assert told == f'ERROR there is no Kafka "mine"\n{_START} --name mine\n'


def test_a_model_of_a_person_is_never_taken_for_a_kafka(shared: Engine):
    for words in (("stop",), ("rm", "--no-prompt"), ("topics", "--list")):
        assert "was not made by kafka start" in shared.fails("kafka", *words, "--name", "m")
    assert "was not made by kafka start" in shared.fails("kafka", "start", "--name", "m")
    assert shared.status()["model"]["name"] == "m"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("topics",), "exactly one action: --list, --create"),
        (("topics", "--list", "--create"), "exactly one action"),
        (("topics", "--create"), 'Missing required argument "[topic]"'),
        (("topics", "--bootstrap-server", "x"), "not defined: --bootstrap-server"),
        (("produce",), 'Missing required argument "[topic]"'),
        (("produce", "--topic", "t", "--property", "no.such=1"), 'no property "no.such"'),
        (("produce", "--topic", "t", "--property", "parse.key=yes"), "true or false"),
        (("consume", "--topic", "t", "--offset", "1"), "The partition is required"),
        (("consume", "--topic", "t", "--partition", "0", "--group", "g"), "cannot be specified"),
        (("consume", "--topic", "t", "--max-messages", "x"), "takes a whole number"),
        (("groups", "--describe"), 'Missing required argument "[group]"'),
        (("groups", "--reset-offsets", "--group", "g", "--all-topics"), "exactly one of"),
        (("groups", "--reset-offsets", "--group", "g", "--to-latest"), "either --topic TOPIC or"),
        (("groups", "--delete", "--group", "g", "--dry-run"), "can't be used with option"),
        (("topics", "--delete", "--topic", "a", "--topic", "b"), "multiple arguments"),
        (("client-config", "--format", "xml"), 'unknown format "xml"'),
        (("start", "--brokers="), "--brokers takes a whole number of at least 1"),
        (("start", "--brokers", "0"), "--brokers takes a whole number of at least 1"),
        (("start", "--expose", "a", "--no-expose"), "cannot both be given"),
        (("dance",), 'there is no command "kafka dance"'),
    ],
)
def test_a_mistake_on_the_command_line_is_told_before_anything_is_asked(
    nothing: Engine, words: tuple[str, ...], said: str
):
    assert said in nothing.fails("kafka", *words, code=2)


def test_an_address_of_somebody_else_is_refused_before_anything_is_made(shared: Engine):
    told = shared.fails("kafka", "start", "--name", "open", "--expose", "192.0.2.1", code=2)
    assert "192.0.2.1 is no address of this computer" in told
    assert "open" not in shared("models")


def test_without_a_command_the_commands_are_listed(nothing: Engine):
    listed = [line.split()[:2] for line in nothing("kafka").splitlines() if line[:5] == "kafka"]
    assert ["kafka", "start"] in listed and ["kafka", "rm"] in listed
