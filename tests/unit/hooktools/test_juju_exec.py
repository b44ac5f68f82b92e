"""juju-exec is understood however a watcher calls it."""

import pytest

from kafkastack.errors import KafkastackError, UsageError
from kafkastack.hooktools.juju_exec import RunCommands, read_words

UNDERSTOOD = [
    (["kafka/0", "echo x"], RunCommands("echo x")),
    (["unit-kafka-0", "echo x"], RunCommands("echo x")),
    (["-u", "unit-kafka-0", "echo x"], RunCommands("echo x")),
    (["--unit=kafka/0", "kafka/1 is a word"], RunCommands("kafka/1 is a word")),
    (["--no-context", "kafka/0", "true"], RunCommands("true")),
    (
        ["-r", "db:7", "--remote-unit", "db/1", "kafka/0", "true"],
        RunCommands("true", "db:7", "db/1"),
    ),
    (["-r", "7", "true"], RunCommands("true", "7")),
    (["ls", "-u", "x"], RunCommands("ls -u x")),
    (["--", "-x"], RunCommands("-x")),
    (["/opt/x/1", "go"], RunCommands("/opt/x/1 go")),
    (["a" * 101 + "/" + "1" * 19, "go"], RunCommands("a" * 101 + "/" + "1" * 19 + " go")),
]


@pytest.mark.parametrize(("words", "commands"), UNDERSTOOD)
def test_words_that_are_understood(words: list[str], commands: RunCommands):
    assert read_words(words, "kafka/0") == commands


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], "missing commands"),
        (["kafka/0"], "missing commands"),
        (["-u", "kafka/0"], "missing commands"),
        (["-r", "db", "true"], 'invalid relation id "db"'),
        (["-r", "db:x", "true"], 'invalid relation id "db:x"'),
        (["-r", "db:²", "true"], 'invalid relation id "db:²"'),
        (["-r", "9" * 5000, "true"], 'invalid relation id "999'),
        (["--what", "true"], "option provided but not defined: --what"),
    ],
)
def test_words_that_make_no_sense(words: list[str], text: str):
    with pytest.raises(UsageError, match=text):
        read_words(words, "kafka/0")


@pytest.mark.parametrize("words", [["kafka/1", "true"], ["-u", "other/0", "true"]])
def test_another_unit_is_not_here(words: list[str]):
    with pytest.raises(KafkastackError, match="is not on this agent"):
        read_words(words, "kafka/0")
