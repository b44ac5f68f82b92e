"""Every order in which controllers come, go and are lost leaves a quorum that works."""

from typing import Literal, NamedTuple

from hypothesis import assume, given
from hypothesis import strategies as st
from kafkastack_charms.kafka.controllers import Quorum, Replica

from tests.charms.kafka_4.modules import kraft

Health = Literal["works", "slow", "dead"]  # a slow one asks, and is behind
NOW = 1_000_000
LATE, SILENT = NOW - kraft.LATE - 1, NOW - kraft.SILENT - 1


class Ensemble(NamedTuple):
    """Voters as they are; what the charm knows of them is what the active one tells."""

    voters: dict[int, Health]
    leader: int

    @property
    def has_quorum(self) -> bool:
        """Whether what is written now is agreed to."""
        return sum(one == "works" for one in self.voters.values()) > len(self.voters) // 2

    def describe(self) -> Quorum:
        told = (
            Replica(
                number,
                directory=f"d{number}",
                end=0,
                fetched=NOW if health != "dead" else SILENT,
                caught_up=NOW if health == "works" else LATE,
            )
            for number, health in self.voters.items()
        )
        return Quorum(self.leader, tuple(told), ())

    def find(self, number: int) -> Replica:
        return next(one for one in self.describe().voters if one.number == number)

    def without(self, number: int) -> "Ensemble":
        left = {key: health for key, health in self.voters.items() if key != number}
        leader = self.leader if self.leader in left else next(iter(left), -1)
        return Ensemble(left, leader)


@st.composite
def ensembles(draw: st.DrawFn, least: int = 1, most_idle: int = 3) -> Ensemble:
    """Return one that has a quorum, with an active controller that works."""
    working = draw(st.integers(least, 5))
    idle = draw(st.lists(st.sampled_from(["slow", "dead"]), max_size=min(most_idle, working - 1)))
    healths = draw(st.permutations(["works"] * working + idle))
    numbers = draw(
        st.lists(st.integers(0, 20), min_size=len(healths), max_size=len(healths), unique=True)
    )
    voters = dict(zip(numbers, healths, strict=True))
    able = sorted(number for number, health in voters.items() if health == "works")
    return Ensemble(voters, draw(st.sampled_from(able)))


@given(ensembles(), st.data())
def test_no_vote_that_is_taken_takes_the_quorum_along(had: Ensemble, data: st.DataObject) -> None:
    goes = data.draw(st.sampled_from(sorted(had.voters)))
    is_refused = bool(kraft.find_loss(had.describe(), had.find(goes)))
    left = had.without(goes)
    assert is_refused == (not left.voters or not left.has_quorum)


@given(ensembles(), st.data())
def test_a_dead_or_a_slow_one_may_always_go(had: Ensemble, data: st.DataObject) -> None:
    """Else nobody could be removed by force."""
    rest = sorted(number for number, health in had.voters.items() if health != "works")
    assume(rest)
    assert kraft.find_loss(had.describe(), had.find(data.draw(st.sampled_from(rest)))) == ""


@given(ensembles(least=2, most_idle=0), st.data())
def test_those_who_leave_together_all_go_while_a_majority_that_works_stays(
    had: Ensemble, data: st.DataObject
) -> None:
    """As they try in any order, again and again; the active one goes last of all."""
    some = st.lists(st.sampled_from(sorted(had.voters)), unique=True, max_size=len(had.voters) - 1)
    leaving = set(data.draw(some))
    stay = had.voters.keys() - leaving
    now, went = had, list[int]()
    while left := leaving.difference(went):
        able = [
            number
            for number in sorted(left)
            if not kraft.find_loss(now.describe(), now.find(number))
            and not kraft.goes_later(now.describe(), number, len(stay))
        ]
        assert able, "they wait for each other"
        chosen = data.draw(st.sampled_from(able))
        now = now.without(chosen)._replace(leader=now.leader if chosen != now.leader else -1)
        went.append(chosen)
        assert now.has_quorum
        if now.leader < 0:
            now = now._replace(leader=min(stay))
    if had.leader in leaving:
        assert went[-1] == had.leader
    assert now.voters.keys() == stay


@given(ensembles(), st.data())
def test_who_is_lost_is_forgotten_and_nobody_who_works_is(
    had: Ensemble, data: st.DataObject
) -> None:
    gone = data.draw(st.sets(st.sampled_from(sorted(had.voters))))
    serving = {n for n, health in had.voters.items() if health == "works" and n not in gone}
    silent = kraft.find_silent(had.describe(), gone, serving)
    assert silent == {number for number in gone if had.voters[number] == "dead"}
    now = had
    for number in sorted(silent):
        assert kraft.find_loss(now.describe(), now.find(number)) == ""
        now = now.without(number)
    assert now.has_quorum


@given(ensembles(), st.data())
def test_an_active_one_that_has_yet_to_hear_of_a_server_that_works_forgets_nobody(
    had: Ensemble, data: st.DataObject
) -> None:
    dead = {number for number, health in had.voters.items() if health == "dead"}
    unheard = data.draw(st.integers(21, 30))
    assert kraft.find_silent(had.describe(), dead, {had.leader, unheard}) == frozenset()
