"""Log lines of the client: what tutorials quote, to the letter."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys, logging
sys.path.insert(0, sys.argv[1])
import lines
logger = lines.set_up_logging(sys.argv[2])
def produce_message():
    message = lines.make_message(0, 1768919219.744478, "9f4d", "h (1.2.3.4)")
    logger.info(lines.published("t", message))
def run():
    logger.info("--producer - Starting...")
run()
produce_message()
print("an accident", file=sys.stderr)
"""
STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}"


def test_log_lines_have_the_format_of_the_original(charm_path: Path, tmp_path: Path):
    log = tmp_path / "1768919219_producer"

    subprocess.run(
        [sys.executable, "-c", SCRIPT, str(charm_path / "src"), str(log)], check=True, text=True
    )

    starting, published = log.with_suffix(".log").read_text().splitlines()
    assert re.fullmatch(
        rf"{STAMP} INFO \[__main__\] \(MainThread\) \(<module>\) --producer - Starting\.\.\.",
        starting,
    )
    head, _, content = published.partition(", message content: ")
    assert re.fullmatch(
        rf"{STAMP} INFO \[__main__\] \(MainThread\) \(produce_message\)"
        r" Message published to topic=t",
        head,
    )
    assert content == (
        '{"timestamp": 1768919219.744478, "_id": "9f4d",'
        ' "origin": "h (1.2.3.4)", "content": "Message #0"}'
    )
    assert log.with_suffix(".err").read_text() == "an accident\n"


def test_a_log_is_never_written_through_a_link(charm_path: Path, tmp_path: Path):
    (tmp_path / "victim").touch()
    (tmp_path / "1_producer.log").symlink_to(tmp_path / "victim")

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(charm_path / "src"), str(tmp_path / "1_producer")],
        check=False,
        capture_output=True,
    )

    assert done.returncode != 0
    assert (tmp_path / "victim").read_text() == ""


def test_a_consumed_record_reads_as_kafka_python_writes_it():
    from lines import ConsumerRecord

    record = ConsumerRecord.create(("t", 2, 7), (0, 1768919219744), (None, b'{"a": 1}'), [])

    assert str(record) == (
        "ConsumerRecord(topic='t', partition=2, offset=7, timestamp=1768919219744,"
        " timestamp_type=0, key=None, value=b'{\"a\": 1}', headers=[], checksum=None,"
        " serialized_key_size=-1, serialized_value_size=8, serialized_header_size=-1)"
    )


@pytest.mark.parametrize(
    ("headers", "size"), [([("a", b"bc")], 3), ([("a", None), ("b", b"")], 2)]
)
def test_headers_are_counted_as_kafka_python_counts_them(headers, size):
    from lines import ConsumerRecord

    record = ConsumerRecord.create(("t", 0, 0), (1, 0), (b"k", None), headers)

    assert (record.serialized_key_size, record.serialized_value_size) == (1, -1)
    assert record.serialized_header_size == size


def test_a_message_is_json_with_its_number():
    from lines import make_message

    message = json.loads(make_message(11, 1.5, "id", "juju-0 (10.0.0.1)"))

    assert message == {
        "timestamp": 1.5,
        "_id": "id",
        "origin": "juju-0 (10.0.0.1)",
        "content": "Message #11",
    }


def test_progress_belongs_to_one_run(tmp_path: Path):
    import settings

    settings.write_progress(tmp_path / "client", "kafka-cluster:6", 12)

    assert settings.read_progress(tmp_path / "client", "kafka-cluster:6") == 12
    assert settings.read_progress(tmp_path / "client", "kafka-cluster:7") == 0
    assert settings.read_progress(tmp_path / "nowhere", "kafka-cluster:6") == 0
