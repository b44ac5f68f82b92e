"""Turns of a rolling restart, whatever the order in which units hear of each other."""

from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms.rolling import Runner, explain_wait, may_restart, next_turn

NAMES = ("app/0", "app/1", "app/2")


def unit(
    number: int, request: str = "", serves: bool = True, last: bool = False, seen: str = "new"
) -> Runner:
    return Runner(f"app/{number}", True, serves, request, last, seen)


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


def test_who_leads_the_others_waits_for_those_who_have_yet_to_hear() -> None:
    first = unit(0, "x", last=True)
    assert next_turn("", (first, unit(1, seen="old"), unit(2, "x"))) == "app/2 x"
    assert next_turn("", (first, unit(1, seen="old"), unit(2))) == ""
    assert next_turn("", (first, unit(1), unit(2))) == "app/0 x", "nobody else asks"
    assert next_turn("", (first, unit(1, seen=""))) == "app/0 x", "it is of another revision"
    assert next_turn("app/0 x", (first, unit(1, seen="old"))) == "app/0 x", "it is on its way"
    broken = unit(0, "x", serves=False, last=True)
    assert next_turn("", (broken, unit(1, seen="old"))) == "app/0 x", "nothing is taken away"


@given(st.permutations(NAMES * 8), st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_there_is_one_election_whatever_the_order_of_events(
    order: list[str], leader: str, controller: str
) -> None:
    """Every stop of the controller makes another one of those that are left."""
    units = {name: Runner(name, True, True, seen="old") for name in NAMES}
    turn, elections, restarted = "", 0, list[str]()
    for name in [*order, *NAMES * 8]:
        mine = units[name]._replace(seen="new", goes_last=name == controller, serves=True)
        if name not in restarted:
            mine = mine._replace(request="x")
        units[name] = mine
        if name == leader:
            turn = next_turn(turn, units.values())
        others = [other for other in units.values() if other.name != name]
        if mine.request and may_restart(turn, mine, others):
            units[name] = mine._replace(request="", serves=False, goes_last=False)
            restarted.append(name)
            if name == controller:
                elections += 1
                controller = others[0].name
    assert sorted(restarted) == list(NAMES)
    assert elections == 1


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


def test_who_waits_says_for_whom_and_whether_that_one_failed() -> None:
    asks, starts = unit(0, "x"), unit(0, serves=False)
    assert explain_wait("", (asks,)) == "waiting for its turn to restart"
    assert explain_wait("app/0 x", (asks, unit(2))) == "waiting for app/0 to restart"
    assert explain_wait("app/0 ", (starts, unit(2))) == "waiting for app/0 to serve again"
    failed = starts._replace(failure="it keeps exiting")
    assert explain_wait("app/0 ", (failed,)) == "waiting for app/0, which failed: it keeps exiting"
    assert explain_wait("app/9 x", (asks,)) == "waiting for its turn to restart", "it has gone"
