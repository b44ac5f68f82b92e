"""A bundle's changes come in an order that can be done, and nothing is done twice."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkastack.errors import ConflictError
from kafkastack.model.bundle import Bundle, BundleApplication, BundleMachine
from kafkastack.model.bundle_changes import Change, Known, Present, plan


def bundle(*applications: BundleApplication, machines: Iterable[str] = ()) -> Bundle:
    return Bundle(
        {app.name: app for app in applications},
        {name: BundleMachine(name) for name in machines},
        (),
        {},
    )


def app(name: str, units: int = 1, *to: str) -> BundleApplication:
    return BundleApplication(name, "kafka", num_units=units, to=to)


def texts(changes: Iterable[Change]) -> list[str]:
    return [change.text for change in changes]


def test_a_fresh_model_gets_everything_in_order():
    wanted = bundle(app("kafka", 2, "0", "new"), app("db", 1, "kafka/0"), machines=["0"])
    pairs = [("db:db", "kafka:db")]
    assert texts(plan(wanted, Present(), pairs)) == [
        "deploy application kafka from charm-hub",
        "deploy application db using kafka from charm-hub",
        "add new machine 0",
        "add relation kafka:db - db:db",
        "add unit kafka/0 to machine 0",
        "add unit kafka/1 to new machine 1",
        "add unit db/0 to machine 0",
    ]


def test_a_unit_waits_for_the_one_it_is_placed_with():
    changes = plan(bundle(app("first", 1, "second/0"), app("second")), Present(), [])
    assert texts(changes)[2:] == [
        "add unit second/0 to new machine 0",
        "add unit first/0 to machine 0",
    ]


def test_the_name_of_an_application_means_its_unit_of_the_same_number():
    changes = plan(bundle(app("first", 2), app("second", 2, "first")), Present(), [])
    assert texts(changes)[-2:] == [
        "add unit second/0 to machine 0",
        "add unit second/1 to machine 1",
    ]


def test_a_container_is_the_place_itself():
    wanted = bundle(app("kafka", 2, "lxd:0", "lxd:new"), app("db", 1, "lxd:kafka/0"), machines="0")
    assert texts(plan(wanted, Present(), []))[3:] == [
        "add unit kafka/0 to machine 0",
        "add unit kafka/1 to new machine 1",
        "add unit db/0 to machine 0",
    ]
    known = Known(units={"kafka/0": "5", "kafka/1": "6"})
    again = Present({"kafka": known, "db": Known(units={"db/0": "5"})})
    assert texts(plan(wanted, again, [])) == []  # the bundle's machine is the one it is on


def test_annotations_are_set_once():
    wanted = BundleApplication("kafka", "kafka", annotations={"gui-x": "1"})
    assert texts(plan(bundle(wanted), Present(), []))[1:] == ["set annotations for kafka"]
    there = Present({"kafka": Known(annotations={"gui-x": "1", "mine": "2"})})
    assert texts(plan(bundle(wanted), there, [])) == []


def test_placements_in_a_circle_are_refused():
    with pytest.raises(ConflictError, match="leads back to itself"):
        plan(bundle(app("first", 1, "second/0"), app("second", 1, "first/0")), Present(), [])


def test_what_is_there_is_changed_not_added():
    wanted = BundleApplication(
        "kafka", "kafka", num_units=2, options={"a": 1}, constraints="mem=1G", expose=True
    )
    known = Known(is_same=False, config={"a": 2}, units={"kafka/3": "7"})
    present = Present({"kafka": known}, numbers={"unit-kafka": 4, "machine": 8})
    changes = plan(bundle(wanted), present, [("a:b", "kafka:b")])
    assert [change.kind for change in changes] == [
        "refresh",
        "options",
        "constraints",
        "expose",
        "integrate",
        "unit",
    ]
    assert changes[-1].text == "add unit kafka/4 to new machine 8"


def test_a_model_that_is_as_described_is_left_alone():
    wanted = BundleApplication("kafka", "kafka", num_units=1, options={"a": 1}, expose=True)
    known = Known(
        config={"a": 1, "b": 2}, exposed=True, exposed_endpoints={"": "x"}, units={"kafka/0": "0"}
    )
    present = Present({"kafka": known}, relations=frozenset({("a:b", "kafka:b")}))
    assert plan(bundle(wanted), present, [("a:b", "kafka:b")]) == []


def test_a_machine_is_the_one_that_its_unit_is_on():
    wanted = bundle(app("kafka", 2, "0", "1"), machines=["0", "1"])
    present = Present({"kafka": Known(units={"kafka/0": "5"})}, numbers={"machine": 6})
    assert texts(plan(wanted, present, [])) == [
        "add new machine 6 (bundle machine 1)",
        "add unit kafka/0 to machine 6",
    ]


NAMES: tuple[str, ...] = ("a", "b", "c", "d")


@st.composite
def bundles(draw: st.DrawFn) -> Bundle:
    """Applications placed anywhere, never on one that comes after them."""
    made: list[BundleApplication] = []
    used: set[str] = set()
    for name in NAMES:
        units = draw(st.integers(0, 3))
        there = [other.name for other in made if other.num_units >= units]
        word = st.sampled_from(["new", "0", "1", *there])
        to = draw(st.lists(word, max_size=units))
        used |= {place for place in to if place.isdigit()}
        made.append(app(name, units, *to))
    return bundle(*draw(st.permutations(made)), machines=sorted(used))


@given(bundles())
def test_every_unit_comes_once_and_after_the_machine_it_is_placed_on(wanted: Bundle):
    changes = plan(wanted, Present(), [])
    machines: set[str] = set()
    counts: dict[str, int] = dict.fromkeys(NAMES, 0)
    for change in changes:
        if change.kind == "unit":
            counts[change.target] += 1
            assert change.place in machines or not change.place
        if change.makes:
            assert change.makes not in machines
            machines.add(change.makes)
    assert counts == {name: one.num_units for name, one in wanted.applications.items()}
