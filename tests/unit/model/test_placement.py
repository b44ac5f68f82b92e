"""Where units are asked to go: numbers of machines; other words are refused in a sentence."""

import pytest

from kafkastack.errors import KafkastackError
from kafkastack.model.placement import refuse_placement, split_placement


@pytest.mark.parametrize(
    "text, count, machines",
    [
        ("", 2, ["", ""]),
        ("0", 1, ["0"]),
        ("0,12", 2, ["0", "12"]),
        ("0", 3, ["0", "", ""]),
        ("0,1,2", 1, ["0"]),
    ],
)
def test_each_unit_gets_the_directive_of_its_place(text: str, count: int, machines: list[str]):
    assert split_placement(text, count) == machines


@pytest.mark.parametrize(
    "text, said",
    [
        ("lxd", "no containers"),
        ("lxd:0", "no containers"),
        ("0/lxd/1", "no containers"),
        ("zone=a", "no choice of zone"),
        ("0,nowhere!", 'invalid --to parameter "nowhere!"'),
    ],
)
def test_places_that_are_not_there_are_refused(text: str, said: str):
    with pytest.raises(KafkastackError, match=said):
        split_placement(text, 2)


@pytest.mark.parametrize("word, said", [("ssh:ubuntu@10.1.1.3", "cannot be added"), ("lxd", "no")])
def test_machines_that_cannot_be_made_are_refused(word: str, said: str):
    with pytest.raises(KafkastackError, match=said):
        refuse_placement([word])
