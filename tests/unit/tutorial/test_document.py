import pytest

from kafkastack.tutorial import document, library
from kafkastack.tutorial.checks import VOCABULARY, know
from kafkastack.tutorial.document import Checkpoint, Command, Condition, File, TutorialError

PAGE = """\
# A title

## 1. First

```console
$ kafkastack deploy kafka --config 'a=b c'
what you see
$ tail -n 2 x.log
```

## 2. Second

Save it:

```python client.py
print("<password>")
```

> **Checkpoint.** It is active,
> and it answers.

```checkpoint
active: zookeeper kafka
produce acknowledged
```
"""


def actions(text):
    return [step.action for step in document.parse(text).steps]


def test_lines_that_begin_with_a_dollar_are_commands_and_others_are_output():
    first, second, *_ = actions(PAGE)

    assert first == Command(
        "kafkastack deploy kafka --config 'a=b c'",
        ("kafkastack", "deploy", "kafka", "--config", "a=b c"),
    )
    assert isinstance(second, Command)
    assert second.words == ("tail", "-n", "2", "x.log")


def test_a_block_with_a_name_is_a_file():
    assert actions(PAGE)[2] == File("client.py", "python", 'print("<password>")\n')


def test_a_checkpoint_has_its_sentence_and_its_conditions():
    assert actions(PAGE)[3] == Checkpoint(
        "It is active, and it answers.",
        (Condition("active", ("zookeeper", "kafka")), Condition("produce acknowledged")),
    )


def test_steps_know_their_section():
    tutorial = document.parse(PAGE)

    assert tutorial.title == "A title"
    assert tutorial.sections == ("1. First", "2. Second")


def test_equal_steps_at_two_places_have_two_keys():
    text = "## 1. A\n```console\n$ kafkastack status\n$ kafkastack status\n```\n"

    one, other = document.parse(text).steps

    assert one.key != other.key


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("```console\n$ rm -rf x\n```\n", "rm is not one of the programs"),
        ("```checkpoint\nactive: kafka\n```\n", "no sentence tells"),
        ("```console\n$ kafkastack status\n", "never ends"),
        ("```python ../x.py\n```\n", "not the plain name of a file"),
    ],
)
def test_what_cannot_be_walked_is_refused_by_line(text, complaint):
    with pytest.raises(TutorialError, match=rf"line [12]: .*{complaint}"):
        document.parse(text)


def test_an_unknown_condition_is_refused_with_the_vocabulary():
    with pytest.raises(TutorialError, match="no checkpoint knows") as raised:
        know(Checkpoint("S.", (Condition("is nice"),)))

    assert "produce acknowledged" in raised.value.advice


@pytest.mark.parametrize("name", library.names())
def test_every_tutorial_can_be_walked(name):
    tutorial = document.parse(library.read(name))

    checkpoints = [s.action for s in tutorial.steps if isinstance(s.action, Checkpoint)]
    assert checkpoints
    for checkpoint in checkpoints:
        know(checkpoint)


def test_the_tutorials_use_every_word_of_the_vocabulary():
    steps = [step for name in library.names() for step in document.parse(library.read(name)).steps]
    checkpoints = [s.action for s in steps if isinstance(s.action, Checkpoint)]

    assert {c.name for checkpoint in checkpoints for c in checkpoint.conditions} == set(VOCABULARY)
