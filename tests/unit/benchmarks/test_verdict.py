"""Detection of a read-back that is not as it must be, whatever is wrong with it."""

import verdict
from hypothesis import given
from hypothesis import strategies as st
from verdict import Acknowledged, Assigned, Committed, Message, Record

PARTITIONS, SIZE = 3, 4
Log = list[Record]


def lay(messages: list[Message]) -> Log:
    """Return messages as they lie in partitions, in this order."""
    ends = [0] * PARTITIONS
    log = []
    for message in messages:
        partition = message.key % PARTITIONS
        log.append(Record(partition, ends[partition], message))
        ends[partition] += 1
    return log


MESSAGES = st.lists(st.integers(0, 5), min_size=1, max_size=40).map(
    lambda keys: [Message(key, keys[:at].count(key)) for at, key in enumerate(keys)]
)


def transaction(number: int) -> list[Message]:
    return [Message(key, number) for key in range(SIZE)]


@st.composite
def transactions(draw: st.DrawFn) -> tuple[list[int], list[int], list[int]]:
    """Return which were committed, aborted, and left in doubt but are there."""
    ends = [*"cad", *draw(st.lists(st.sampled_from("cad"), max_size=20))]
    by = {end: [number for number, one in enumerate(ends) if one == end] for end in "cad"}
    return by["c"], by["a"], by["d"]


def some(found: verdict.Faults) -> dict[str, list]:
    return {fault: list(what) for fault, what in found.items() if what}


@given(MESSAGES, st.data())
def test_all_that_was_acknowledged_may_be_there_with_what_nobody_answered(messages, data):
    acknowledged = data.draw(st.sets(st.sampled_from(messages)))
    assert some(verdict.judge_messages(acknowledged, lay(messages))) == {}


@given(MESSAGES, st.data())
def test_what_was_acknowledged_and_is_not_there_is_lost(messages, data):
    gone = data.draw(st.sampled_from(messages))
    log = lay([message for message in messages if message != gone])
    assert some(verdict.judge_messages(messages, log)) == {"lost": [gone]}


@given(MESSAGES, st.data())
def test_what_is_there_twice_is_duplicated(messages, data):
    twice = data.draw(st.sampled_from(messages))
    at = messages.index(twice)
    log = lay([*messages[:at], twice, *messages[at:]])
    assert some(verdict.judge_messages(messages, log)) == {"duplicated": [twice]}


@given(MESSAGES, st.data())
def test_a_message_behind_a_later_one_of_its_key_is_out_of_order(messages, data):
    early = data.draw(st.sampled_from(messages))
    late = Message(early.key, 1 + max(n for key, n in messages if key == early.key))
    at = messages.index(early)
    log = lay([*messages[:at], late, *messages[at:]])
    found = some(verdict.judge_messages([*messages, late], log))
    assert found == {"out of order": [m for m in messages[at:] if m.key == early.key]}


@given(transactions())
def test_transactions_are_there_whole_or_not_at_all(ends):
    committed, aborted, doubtful = ends
    log = lay([m for n in sorted(committed + doubtful) for m in transaction(n)])
    assert some(verdict.judge_transactions(committed, aborted, SIZE, log)) == {}
    certain = lay([m for n in committed for m in transaction(n)])
    assert some(verdict.judge_transactions(committed, aborted, SIZE, certain)) == {}


@given(transactions(), st.data())
def test_what_was_aborted_and_can_be_read_is_visible(ends, data):
    committed, aborted, _ = ends
    seen = data.draw(st.sampled_from(aborted))
    log = lay([m for n in sorted([*committed, seen]) for m in transaction(n)])
    found = some(verdict.judge_transactions(committed, aborted, SIZE, log))
    assert found == {"aborted and visible": [seen]}


@given(transactions(), st.data())
def test_what_is_there_in_part_is_half(ends, data):
    committed, aborted, doubtful = ends
    torn = data.draw(st.sampled_from(committed + doubtful))
    gone = data.draw(st.sets(st.integers(0, SIZE - 1), min_size=1, max_size=SIZE - 1))
    messages = [m for n in sorted(committed + doubtful) for m in transaction(n)]
    log = lay([m for m in messages if m.number != torn or m.key not in gone])
    found = some(verdict.judge_transactions(committed, aborted, SIZE, log))
    assert found.pop("half") == [torn]
    lost = [Message(key, torn) for key in sorted(gone)] if torn in committed else []
    assert found.get("lost", []) == lost


def read(log: Log, committed: dict[int, int] | None = None) -> list[verdict.Step]:
    """Return the steps of a consumer that begins at what was committed."""
    kept = committed or {}
    assigned = [Assigned(partition) for partition in range(PARTITIONS)]
    return [
        *assigned,
        *(record for record in log if record.offset >= kept.get(record.partition, 0)),
    ]


@given(MESSAGES, st.data())
def test_a_group_goes_on_where_it_has_committed(messages, data):
    log = lay(messages)
    seen = log[: data.draw(st.integers(0, len(log)))]
    kept = {record.partition: record.offset + 1 for record in seen}
    commits = [Committed(*item) for item in kept.items()]
    steps = [*read(seen), *commits, *read(log, kept)]
    assert some(verdict.judge_group(steps, log)) == {}
    again = [*read(seen), *read(log)]
    assert some(verdict.judge_group(again, log)) == {}, "nothing was committed"


@given(MESSAGES)
def test_a_commit_that_is_forgotten_is_found(messages):
    log = lay(messages)
    first = log[0]
    commit = Committed(first.partition, 1)
    steps = [*read(log), commit, *read(log)]
    assert some(verdict.judge_group(steps, log)) == {"commit forgotten": [commit]}


@given(MESSAGES, st.data())
def test_what_a_group_was_not_given_is_missed(messages, data):
    log = lay(messages)
    gone = data.draw(st.sampled_from(log))
    steps = [step for step in read(log) if step != gone]
    assert some(verdict.judge_group(steps, log)) == {"missed": [gone]}


@given(MESSAGES, st.data())
def test_what_a_group_was_given_twice_in_a_row_is_repeated(messages, data):
    log = lay(messages)
    twice = data.draw(st.sampled_from(log))
    steps = [*read(log), twice]
    assert some(verdict.judge_group(steps, log)) == {"repeated": [twice]}


@given(MESSAGES, st.data())
def test_what_a_group_was_given_and_the_log_forgot_is_found(messages, data):
    log = lay(messages)
    other = data.draw(st.sampled_from(log))
    kept = [record for record in log if record != other]
    assert some(verdict.judge_group(read(log), kept)) == {"given but not there": [other]}


def test_a_fault_is_told_with_the_first_of_it():
    judged = {"messages": {"lost": [Message(1, 2), Message(3, 4)], "duplicated": []}}
    told = ["messages: 2 lost, Message(key=1, number=2) first"]
    assert verdict.faults_of(judged) == told


def test_the_longest_pause_is_that_of_the_worst_partition():
    done = [Acknowledged(at, 0) for at in range(10)]
    done += [Acknowledged(at, 1) for at in (1, 2, 6.5, 9)]
    assert verdict.longest_pause(done, 0, 10) == 4.5
    assert verdict.longest_pause(done, 3, 6) == 3, "silent all the time"
    assert verdict.longest_pause([], 3, 6) == 3


@given(st.lists(st.floats(0, 10), max_size=20))
def test_a_pause_is_no_longer_than_the_time_looked_at(times):
    done = [Acknowledged(at) for at in sorted(times)]
    assert 0 <= verdict.longest_pause(done, 0, 10) <= 10
