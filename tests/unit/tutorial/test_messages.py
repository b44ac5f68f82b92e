import json

from hypothesis import given
from hypothesis import strategies as st

from kafkastack.tutorial.checks.messages import (
    consumed_ids,
    find_fault,
    produced_ids,
    split_logs,
)

HEAD = "2026-01-20 14:26:59,745 INFO [__main__] (MainThread)"


def produced_line(identity, origin="host"):
    text = json.dumps({"timestamp": 1.5, "_id": identity, "origin": origin, "content": "M #1"})
    return f"{HEAD} (produce_message) Message published to topic=T, message content: {text}\n"


def consumed_line(identity, origin="host"):
    text = json.dumps({"timestamp": 1.5, "_id": identity, "origin": origin, "content": "M #1"})
    return (
        f"{HEAD} (<module>) ConsumerRecord(topic='T', partition=0, offset=0, timestamp=1, "
        f"timestamp_type=0, key=None, value={text.encode()!r}, headers=[], checksum=None)\n"
    )


@given(st.text(max_size=20))
def test_the_ids_are_read_whatever_the_origin_is(origin):
    assert produced_ids(produced_line("a", origin)) == ["a"]
    assert consumed_ids(consumed_line("a", origin)) == ["a"]


def test_other_lines_are_skipped():
    noise = f"{HEAD} (<module>) --producer - Starting...\nTraceback\n"

    assert produced_ids(noise + produced_line("a") + noise) == ["a"]
    assert consumed_ids(noise + consumed_line("a") + noise) == ["a"]


def test_a_line_in_another_format_does_not_count():
    assert produced_ids("INFO Message published to topic=T, message content: {}") == []


def test_all_consumed_and_none_twice_is_no_fault():
    assert find_fault(["a", "b"], ["b", "x", "a"]) == ""


def test_a_missing_message_is_a_fault():
    assert find_fault(["a", "b"], ["a"]) == "1 of 2 messages are not consumed yet"


def test_a_message_consumed_twice_is_a_fault():
    assert "consumed twice, a among them" in find_fault(["a"], ["a", "a"])


def test_nothing_produced_is_a_fault():
    assert find_fault([], []) == "no message has been produced"


def test_the_logs_of_tail_are_split_into_files():
    text = "==> /tmp/1_producer.log <==\none\ntwo\n\n==> /tmp/2_consumer.log <==\nthree\n"

    logs = split_logs(text)

    assert list(logs) == ["/tmp/1_producer.log", "/tmp/2_consumer.log"]
    assert "two" in logs["/tmp/1_producer.log"]
