"""Turns of a rolling restart, whatever the order in which units hear of each other."""

from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms.rolling import Runner, may_restart, next_turn

NAMES = ("app/0", "app/1", "app/2")


def unit(number: int, request: str = "", serves: bool = True, last: bool = False) -> Runner:
    return Runner(f"app/{number}", True, serves, request, last)


@given(st.permutations(NAMES * 6), st.sampled_from(NAMES), st.data())
def test_one_at_a_time_whatever_the_order_of_events(
    order: list[str], leader: str, data: st.DataObject
) -> None:
    units = {name: Runner(name, True, True, "new") for name in NAMES}
    turn, restarted = "", list[str]()
    for name in order:
        mine = units[name]
        others = [other for other in units.values() if other.name != name]
        if name == leader:
            turn = next_turn(turn, units.values())
        if mine.request and may_restart(turn, mine, others):
            assert all(other.serves for other in others)
            units[name] = mine._replace(request="", serves=False)
            restarted.append(name)
        elif not mine.serves and data.draw(st.booleans()):
            units[name] = mine._replace(serves=True)
        assert sum(not one.serves for one in units.values()) <= 1
    assert len(restarted) == len(set(restarted))


def test_who_leads_the_others_goes_last() -> None:
    assert next_turn("", (unit(0, "x", last=True), unit(1, "x"), unit(2, "x"))) == "app/1 x"
    assert next_turn("", (unit(0, "x", last=True), unit(1), unit(2))) == "app/0 x"


def test_who_failed_keeps_its_turn() -> None:
    failed = unit(1, serves=False)
    assert next_turn("app/1 x", (unit(0, "x"), failed)) == failed.turn
    again = unit(1, "y", serves=False)
    assert next_turn("app/1 x", (unit(0, "x"), again)) == "app/1 y", "with another wish"


def test_nobody_is_restarted_beside_one_that_is_down() -> None:
    assert next_turn("", (unit(0, "x"), unit(1, serves=False))) == ""
    assert next_turn("", (unit(0, "x"), unit(1, "x", serves=False))) == "app/1 x"


def test_a_turn_ends_with_the_unit_that_has_it() -> None:
    assert next_turn("app/2 x", (unit(0, "x"), unit(1))) == "app/0 x"
    assert next_turn("app/0 x", (unit(0), unit(1))) == ""


def test_a_unit_that_has_not_begun_keeps_nobody_waiting() -> None:
    assert next_turn("", (unit(0, "x"), Runner("app/1"))) == "app/0 x"
    assert may_restart("", unit(0, "x"), [Runner("app/1")])
    assert not may_restart("", unit(0, "x"), [unit(1)])
    assert not may_restart("app/0 y", unit(0, "x"), [unit(1)])
