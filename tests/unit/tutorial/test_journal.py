from hypothesis import given
from hypothesis import strategies as st

from kafkastack.tutorial.document import Command, Step
from kafkastack.tutorial.journal import FILE, Journal, load, remaining, save

STEPS = tuple(Step(key, "1. A", Command("kafkastack status", ("kafkastack",))) for key in "abcd")


def test_a_walk_begins_with_the_first_step():
    assert remaining(STEPS, Journal()) == STEPS


def test_a_walk_goes_on_after_the_last_step_that_is_done():
    assert remaining(STEPS, Journal(done=("a", "b"))) == STEPS[2:]


def test_a_step_whose_text_has_changed_is_taken_again_with_all_after_it():
    assert remaining(STEPS, Journal(done=("a", "old", "c", "d"))) == STEPS[1:]


def test_a_finished_walk_leaves_nothing():
    assert remaining(STEPS, Journal(done=("a", "b", "c", "d"))) == ()


@given(st.lists(st.text(max_size=12)), st.text(min_size=1, max_size=12))
def test_what_is_saved_is_what_is_loaded(tmp_path_factory, done, cloud):
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(cloud, tuple(done)).with_done("last")

    save(folder, journal)

    assert load(folder) == journal


def test_a_folder_without_a_journal_is_a_new_walk(tmp_path):
    assert load(tmp_path) == Journal()


def test_a_journal_that_cannot_be_read_is_a_new_walk(tmp_path):
    (tmp_path / FILE).write_text('{"cloud": "lo')

    assert load(tmp_path) == Journal()
