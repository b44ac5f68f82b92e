"""The way of servers that run from plain text to TLS and back, decided by their leader."""

from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms.stages import Stage, last_stage, next_stage

SIZE = 3
stages = st.sampled_from(list(Stage))


def understand(dialling: Stage, accepting: Stage) -> bool:
    return dialling.dials_tls in accepting.accepts


def test_neighbours_understand_each_other_and_others_do_not() -> None:
    for one in Stage:
        for other in Stage:
            both = understand(one, other) and understand(other, one)
            assert both == (abs(one - other) <= 1)


@given(
    st.lists(st.tuples(st.integers(0, SIZE * 2), st.booleans()), max_size=200),
    st.booleans(),
)
def test_servers_that_run_always_understand_each_other(
    events: list[tuple[int, bool]], encrypt: bool
) -> None:
    """The leader's hook, a unit that hears, and one that says so come in any order.

    A unit acts on what it heard some time before, and says so later still.
    """
    stage, heard, runs, said = Stage.PLAIN, *([Stage.PLAIN] * SIZE for _ in range(3))
    everything = [(n, encrypt) for _ in range(5) for n in range(SIZE * 2 + 1)]
    for number, wish in events + everything:
        unit = number % SIZE
        if number == SIZE * 2:
            stage = next_stage(stage, said, wish)
        elif number < SIZE:
            heard[unit], runs[unit] = stage, heard[unit]
        else:
            said[unit], heard[unit] = runs[unit], stage
        assert all(understand(one, other) for one in runs for other in runs)
    for _ in range(12):
        stage = next_stage(stage, said, encrypt)
        heard = runs = said = [stage] * SIZE
    assert set(runs) == {last_stage(encrypt)}


@given(stages, stages, st.booleans())
def test_one_alone_goes_all_the_way(stage: Stage, said: Stage, encrypt: bool) -> None:
    assert next_stage(stage, [said], encrypt) is last_stage(encrypt)
    assert next_stage(stage, [], encrypt) is last_stage(encrypt)


@given(st.booleans())
def test_nobody_goes_on_while_another_one_is_on_the_way_in(encrypt: bool) -> None:
    start = last_stage(not encrypt)
    assert next_stage(start, [start], encrypt, is_complete=False) is start
    assert next_stage(start, [start, start], encrypt, is_complete=False) is start
    assert next_stage(start, [start, start], encrypt) is not start
