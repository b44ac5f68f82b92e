"""Placement of units: numbers of machines; other words are refused in a sentence."""

import pytest

from kafkastack.errors import KafkastackError
from kafkastack.model.placement import refuse_placement, split_placement, without_container


@pytest.mark.parametrize(
    "text, count, machines",
    [
        ("", 2, ["", ""]),
        ("0", 1, ["0"]),
        ("0,12", 2, ["0", "12"]),
        ("0", 3, ["0", "", ""]),
        ("0,1,2", 1, ["0"]),
        ("lxd:1", 1, ["1"]),
        ("lxd", 1, [""]),
        ("kvm:0,lxc:3,1/lxd/0", 3, ["0", "3", "1"]),
    ],
)
def test_each_unit_gets_the_directive_of_its_place(text: str, count: int, machines: list[str]):
    assert split_placement(text, count) == machines


@pytest.mark.parametrize(
    "text, said",
    [
        ("zone=a", "no choice of zone"),
        ("lxd:nowhere!", 'invalid --to parameter "nowhere!"'),
        ("docker:0", 'invalid --to parameter "docker:0"'),
        ("0,nowhere!", 'invalid --to parameter "nowhere!"'),
    ],
)
def test_places_that_are_not_there_are_refused(text: str, said: str):
    with pytest.raises(KafkastackError, match=said):
        split_placement(text, 2)


def test_a_container_is_the_machine_itself_and_that_is_told():
    told = 'placement "lxd:1": machines here have no containers; it goes to machine 1 itself'
    assert without_container("lxd:1") == ("1", told)
    assert without_container("lxd")[1].endswith("it goes to a new machine")
    assert without_container("3") == ("3", "")


@pytest.mark.parametrize(
    "word, said",
    [
        ("ssh:ubuntu@10.1.1.3", "cannot be added"),
        ("lxd:1", "machine 1 is there already: nothing is made"),
        ("0/lxd/2", "machine 0 is there already: nothing is made"),
        ("zone=a", "no choice of zone"),
    ],
)
def test_machines_that_cannot_be_made_are_refused(word: str, said: str):
    with pytest.raises(KafkastackError, match=said):
        refuse_placement([word])


def test_a_machine_of_its_own_stands_for_a_new_container():
    refuse_placement(["lxd"])
    told = 'placement "lxd": machines here have no containers; it goes to a new machine'
    assert without_container("lxd") == ("", told)
