"""Lines and messages, as Kafka's own console programs take and print them."""

import pytest

from kafkastack.cli.kafka.lines import FORMATTER, READER, Formatter, Read, Reader, Record
from kafkastack.errors import KafkastackError, UsageError

MESSAGE = Read(b"v", b"k", [("h", b"1"), ("none", None)], 2, 7, (1, 1700))


def record(line: bytes, **properties: str) -> Record:
    return Reader(READER | _dotted(properties)).parse(line, 3)


def shown(message: Read, **properties: str) -> bytes:
    return Formatter(FORMATTER | _dotted(properties)).render(message)


def _dotted(properties: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "."): value for name, value in properties.items()}


def test_a_line_is_a_value_whatever_its_bytes():
    assert record(b"a:b\tc\xff") == Record(b"a:b\tc\xff")
    assert record(b"") == Record(b"")


def test_a_key_stands_before_its_separator():
    assert record(b"k\tv\tw", parse_key="true") == Record(b"v\tw", b"k")
    assert record(b"k::v", parse_key="true", key_separator="::") == Record(b"v", b"k")


def test_a_line_without_a_key_is_told_with_its_number():
    with pytest.raises(KafkastackError, match="No key separator found on line number 3: 'oops'"):
        record(b"oops", parse_key="true")
    assert record(b"oops", parse_key="true", ignore_error="true") == Record(b"oops")


def test_headers_stand_before_all():
    properties = {"parse_headers": "true", "parse_key": "true", "key_separator": "|"}
    found = record(b"a:1,b:2\tk|v", **properties)
    assert found == Record(b"v", b"k", [("a", b"1"), ("b", b"2")])


def test_a_marker_stands_for_nothing():
    assert record(b"k\tNULL", parse_key="true", null_marker="NULL") == Record(None, b"k")


@pytest.mark.parametrize(
    ("properties", "line"),
    [
        ({}, b"v\n"),
        ({"print_key": "true"}, b"k\tv\n"),
        ({"print_key": "true", "print_value": "false"}, b"k\n"),
        ({"print_key": "true", "key_separator": "->", "line_separator": ";"}, b"k->v;"),
        (
            {
                "print_timestamp": "true",
                "print_partition": "true",
                "print_offset": "true",
                "print_headers": "true",
                "print_key": "true",
            },
            b"CreateTime:1700\tPartition:2\tOffset:7\th:1,none:null\tk\tv\n",
        ),
    ],
)
def test_a_message_is_printed_as_asked(properties: dict[str, str], line: bytes):
    assert shown(MESSAGE, **properties) == line


def test_what_is_not_there_is_printed_as_such():
    bare = Read(None, None, [], 0, 0, (0, -1))
    told = shown(bare, print_key="true", print_timestamp="true", print_headers="true")
    assert told == b"NO_TIMESTAMP\tNO_HEADERS\tnull\tnull\n"


def test_what_is_neither_true_nor_false_is_refused():
    with pytest.raises(UsageError, match='is true or false, not "yes"'):
        record(b"", parse_key="yes")
