"""YAML of strangers costs little and says what is wrong with it in one sentence."""

import pytest

from kafkastack.errors import KafkastackError
from kafkastack.model.bounds import FILE_BYTES, YAML_DEPTH
from kafkastack.model.yaml_file import read_documents, read_yaml

LAUGHS = "a0: &a0 [x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
MERGED_LAUGHS = "a0: &a0 {x: y}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 12)
)
STAIRS = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 300))
LAUGH = "a: &a [" + "{x: 1}, " * 10 + "]\nb: &b [" + "*a, " * 10 + "]\nc: [" + "*b, " * 30 + "]\n"
HALF = "a: &a " + "x" * 100_000 + "\nb: [" + "*a, " * 30 + "]\n"
LONG = HALF + "c: [" + "*a, " * 30 + "]"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 100_000, "line 1 cannot be read: it is nested more than 64 levels deep"),
        ("{a: " * 100_000, "line 1 cannot be read: it is nested more than 64 levels deep"),
        ("- " * 100_000, "line 1 cannot be read: it is nested more than 64 levels deep"),
        (STAIRS, "line 64 cannot be read: it is nested more than 64 levels deep"),
        (LAUGHS, "line 6 cannot be read: it stands for more than 100,000 values"),
        (MERGED_LAUGHS, "line 6 cannot be read: it stands for more than 100,000 values"),
        (LONG, "line 3 cannot be read: it stands for more than 5,242,880 characters"),
        ("[" + "1," * 100_001 + "]", "cannot be read: it stands for more than 100,000 values"),
        ("---\n".join([LAUGH] * 100), "cannot be read: it stands for more than 100,000 values"),
        (HALF + "---\n" + HALF, "it stands for more than 5,242,880 characters"),
        ("---\n" * 101, "line 101 cannot be read: it has more than 100 documents"),
        ("--- *a\n" * 5000, "line 101 cannot be read: it has more than 100 documents"),
        ("x" * (FILE_BYTES + 1), "cannot be read: it has more than 5,242,880 characters"),
        ("a:\n  b: &a [*a]", "line 2 cannot be read: *'a' refers to what it is in"),
        ("a: &a\n  <<: *a", "line 2 cannot be read: *'a' refers to what it is in"),
        ("a: *b", "line 1 is not YAML: found undefined alias"),
        ("a: 1\nb: 2\na: 3", "line 3 is not YAML: the key 'a' is there twice"),
        ("a: 1\n? [b, c]\n: d", "line 2 is not YAML: a key must be a word"),
        ("{{a: b}: c}", "line 1 is not YAML: a key must be a word"),
        ("a: " + "9" * 5000, "line 1 is not YAML: '" + "9" * 60 + "'… is no int that fits"),
        ("a: 18446744073709551616", "line 1 is not YAML: '18446744073709551616' is no int"),
        ("a: 0x" + "f" * 5000, "is no int that fits"),
        ("a: .inf", "line 1 is not YAML: '.inf' is no float that fits"),
        ("a: -.INF", "line 1 is not YAML: '-.INF' is no float that fits"),
        ("a: .nan", "line 1 is not YAML: '.nan' is no float that fits"),
        ("a: 1.0e+999", "line 1 is not YAML: '1.0e+999' is no float that fits"),
        ("a: !!int x", "line 1 is not YAML: 'x' is no int that fits"),
        ("a: !!int ''", "line 1 is not YAML: '' is no int that fits"),
        ("a: !!bool x", "line 1 is not YAML: 'x' is no bool that fits"),
        ("a: !!python/object/apply:os.system [id]", "line 1 is not YAML: the tag"),
        ("a: !!binary eA==", "line 1 is not YAML: the tag"),
        ("a: !!set {b}", "line 1 is not YAML: the tag"),
        ("a: !!seq {b: c}", "line 1 is not YAML: the tag"),
        ("<<: 3", "line 1 is not YAML: expected a map after <<"),
        ("<<: [{a: b}, 3]", "line 1 is not YAML: expected a map after <<"),
        ("a: \x00", "is not YAML: control characters are not allowed"),
        ("a: b\nc: \ud800", "line 2 is not YAML: it has a character that is none"),
        ("a: b: c", "line 1 is not YAML: mapping values are not allowed"),
        ("a: b\n---\nc: d", "f.yaml has 2 documents, one was expected"),
    ],
)
def test_what_is_none_or_too_much_is_one_sentence_with_file_and_line(
    text: str, words: str
) -> None:
    with pytest.raises(KafkastackError) as caught:
        read_yaml(text, "f.yaml")

    assert caught.value.message.startswith("f.yaml")
    assert words in caught.value.message
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-13-45", "2024-13-45"),
        ("2024-01-02", "2024-01-02"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("1:30", "1:30"),
        ("1:30.5", "1:30.5"),
        ("=", "="),
        ("yes", True),
        ("Off", False),
        ("~", None),
        ("", None),
        ("0x1f", 31),
        ("0b11", 3),
        ("010", 8),
        ("-0", 0),
        ("1_000", 1000),
        ("18446744073709551615", 18446744073709551615),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", "1e3"),
        ("'5'", "5"),
    ],
)
def test_a_value_is_what_juju_sees(text: str, value: object) -> None:
    assert read_yaml(f"a: {text}", "f.yaml").value == {"a": value}


def test_a_key_is_the_word_that_it_is_written_as() -> None:
    text = "on: 1\n010: 2\n1.0: 3\nnull: 4\n2024-01-01: 5"

    assert list(read_yaml(text, "f.yaml").map()) == ["on", "010", "1.0", "null", "2024-01-01"]


def test_a_merged_map_gives_way_to_what_is_written_beside_it() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc: {<<: [*a, *b], y: 3}\nd: {<<: *a}"

    document = read_yaml(text, "f.yaml").get("c")

    assert document.value == {"x": 1, "y": 3, "z": 2}
    assert read_yaml(text, "f.yaml").get("d").value == {"x": 1, "y": 1}


def test_depth_up_to_the_bound_is_read() -> None:
    assert read_yaml("[" * YAML_DEPTH + "]" * YAML_DEPTH, "f.yaml").list()


def test_every_document_of_a_text_is_read() -> None:
    assert [node.value for node in read_documents("a: 1\n---\n---\nb\n", "f")] == [
        {"a": 1},
        None,
        "b",
    ]


def test_an_anchor_is_of_its_document() -> None:
    with pytest.raises(KafkastackError, match="line 3 is not YAML: found undefined alias"):
        read_documents("a: &a [1]\n---\nb: *a\n", "f")


def test_a_value_of_another_kind_is_shown_in_short() -> None:
    with pytest.raises(KafkastackError) as caught:
        read_yaml(f"a: {'x' * 100_000}", "f.yaml").get("a").map()

    assert caught.value.message.startswith("f.yaml: a: expected a map, got 'xxx")
    assert len(caught.value.message) < 150
