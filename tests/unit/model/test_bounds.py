"""Nobody asks for more than a controller can answer for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kafkastack.cli.session import number, seconds
from kafkastack.errors import KafkastackError
from kafkastack.model import bounds
from kafkastack.model.bundle import read_bundle
from kafkastack.model.charm import ActionMeta, OptionMeta, StorageMeta
from kafkastack.model.charm_files import parse
from kafkastack.model.config import check_values, parse_values
from kafkastack.model.names import check_application_name
from kafkastack.model.parameters import has_pattern, validate_parameters
from kafkastack.model.placement import split_placement
from kafkastack.model.secret_content import check_content
from kafkastack.model.storage import Pools, parse_directive, wanted_storage

MANY = 10**9
DIGITS = "9" * 5000
APP = {"charm": "./a"}


def bundle(**parts: object) -> object:
    return read_bundle({"applications": {"a": APP}, **parts}, "b.yaml")


def app(**parts: object) -> object:
    return bundle(applications={"a": {**APP, **parts}})


def charm(text: str) -> object:
    return parse({"metadata.yaml": f"name: a\n{text}"})


def many(section: str, entry: str, count: int) -> object:
    lines = "".join(f"  x{n}: {entry}\n" for n in range(count))
    return charm(f"{section}:\n{lines}")


CASES: list[tuple[Callable[[], object], str]] = [
    (lambda: app(num_units=MANY), "b.yaml: applications.a.num_units: expected a whole number of"),
    (lambda: app(num_units=-1), "b.yaml: applications.a.num_units: expected the number of"),
    (lambda: app(scale=MANY), "b.yaml: applications.a.scale: expected a whole number of at most"),
    (lambda: app(revision=10**30), "b.yaml: applications.a.revision: expected a whole number"),
    (lambda: app(num_units=2, to=["new"] * 10**6), "b.yaml: applications.a.to: 1000000 are too"),
    (lambda: app(num_units=2, to=[f"a/{DIGITS}"]), "b.yaml: invalid placement"),
    (lambda: app(offers={f"o{n}": {} for n in range(251)}), "b.yaml: applications.a.offers: 251"),
    (
        lambda: bundle(applications={f"a{n}": APP for n in range(251)}),
        "b.yaml: applications: 251 are too many, at most 250",
    ),
    (
        lambda: bundle(applications={f"a{n}": {**APP, "num_units": 201} for n in range(5)}),
        "b.yaml: 1005 units are too many, at most 1000 in one bundle",
    ),
    (
        lambda: bundle(machines={str(n): {} for n in range(251)}),
        "b.yaml: machines: 251 are too many, at most 250",
    ),
    (
        lambda: bundle(relations=[[["a"] * 200, ["a"] * 200]]),
        "b.yaml: relations: expected at most 1000 relations",
    ),
    (lambda: bundle(relations=[["a", "a"]] * 1001), "b.yaml: relations: 1001 are too many"),
    (lambda: bundle(saas={f"s{n}": {} for n in range(251)}), "b.yaml: saas: 251 are too many"),
    (lambda: bundle(applications={"a" * 101: APP}), "b.yaml: applications.aaa"),
    (
        lambda: charm(f"storage: {{s: {{type: filesystem, multiple: {{range: {MANY}+}}}}}}"),
        "metadata.yaml: storage.s.multiple.range: expected a range that begins with at most 100",
    ),
    (
        lambda: charm(f"storage: {{s: {{type: filesystem, multiple: {{range: '{DIGITS}'}}}}}}"),
        "metadata.yaml: storage.s.multiple.range: expected a range",
    ),
    (
        lambda: charm(f"storage: {{s: {{type: filesystem, minimum-size: {DIGITS}G}}}}"),
        "metadata.yaml: storage.s.minimum-size: expected a size",
    ),
    (
        lambda: charm("storage: {s: {type: filesystem, minimum-size: 9999999999999P}}"),
        "metadata.yaml: storage.s.minimum-size: expected a size of at most",
    ),
    (lambda: many("provides", "{interface: x}", 251), "metadata.yaml: provides: 251 are too many"),
    (lambda: many("storage", "{type: filesystem}", 101), "metadata.yaml: storage: 101 are too"),
    (lambda: many("resources", "{type: file, filename: x}", 101), "metadata.yaml: resources: 101"),
    (lambda: charm(f"provides: {{{'x' * 101}: y}}"), "metadata.yaml: provides: the name"),
    (
        lambda: parse(
            {"metadata.yaml": "name: a", "actions.yaml": f"a: {{params: {{{'x' * 1000}: 1}}}}"}
        ),
        "actions.yaml: a.params.xxx",
    ),
    (lambda: parse({"metadata.yaml": f"name: {'a' * 101}"}), "metadata.yaml: name: expected a"),
    (lambda: parse_directive(f"{MANY}"), "a count of storage takes 0 to 100, not 1000000000"),
    (lambda: parse_directive(DIGITS), "unrecognized storage directive"),
    (lambda: parse_directive(f"{DIGITS}G"), "unrecognized storage directive"),
    (lambda: parse_directive("999999999999999Y"), 'size "999999999999999Y" is more than'),
    (
        lambda: wanted_storage(
            "a", {"s": StorageMeta("s", count_min=MANY, count_max=-1)}, {}, Pools(["rootfs"])
        ),
        'charm "a" store "s" takes 0 to 100, not 1000000000',
    ),
    (lambda: split_placement("", MANY), "the number of units takes 0 to 250, not 1000000000"),
    (lambda: split_placement("", -1), "the number of units takes 0 to 250, not -1"),
    (lambda: number(str(MANY), "-n", least=1, most=250), "-n takes 1 to 250, not 1000000000"),
    (lambda: number(DIGITS, "-n"), "-n takes a whole number of at least 0"),
    (lambda: number("²", "-n"), "-n takes a whole number of at least 0"),
    (
        lambda: parse_values({"o": OptionMeta("o", "float")}, {"o": "9" * 400}),
        'option "o" expected float',
    ),
    (
        lambda: parse_values({"o": OptionMeta("o", "string")}, {"o": "x" * (bounds.VALUE + 1)}),
        'option "o": the value is longer than 5,242,880 characters',
    ),
    (
        lambda: check_values({"o": OptionMeta("o", "int")}, {"o": 10**5000}),
        'option "o" expected int',
    ),
    (
        lambda: check_values({"o": OptionMeta("o", "float")}, {"o": float("nan")}),
        'option "o" expected float',
    ),
    (
        lambda: check_content({"key": "x" * bounds.SECRET}),
        "the content of a secret has 1,048,579 bytes: at most 1,048,576",
    ),
    (lambda: check_content({"K": "x"}), 'key "K" not valid'),
    (lambda: check_application_name("offer", "o" * 101, ""), "offer name 'oooo"),
    (lambda: check_application_name("offer", "../o", ""), 'invalid offer name "../o"'),
]


@pytest.mark.parametrize(("ask", "words"), CASES)
def test_more_than_the_bound_is_refused_with_the_bound(
    ask: Callable[[], object], words: str
) -> None:
    with pytest.raises(KafkastackError) as caught:
        ask()

    assert caught.value.message.startswith(words)
    assert len(caught.value.message) < 200


def test_a_list_of_placements_is_cut_to_the_units() -> None:
    assert split_placement(",".join(["0"] * 10**6), 2) == ["0", "0"]


def test_who_waits_longer_than_a_lifetime_waits_for_ten_years() -> None:
    assert seconds("9" * 300 + "h") == bounds.SECONDS


@pytest.mark.parametrize(
    "schema",
    [
        {"type": {"a": 1}},
        {"type": [["string"]]},
        {"enum": 5},
        {"required": True},
        {"type": "object", "properties": [1]},
        {"type": "object", "properties": {"b": 5}},
        {"items": 5},
        {"minimum": "x", "maxLength": "y"},
    ],
)
def test_a_keyword_of_another_kind_is_as_if_it_were_not_there(schema: dict[str, object]) -> None:
    action = ActionMeta("act", params={"p": schema})

    for value in ("x", {"b": 1}, [1]):
        if schema.get("type") == "object" and not isinstance(value, dict):
            with pytest.raises(KafkastackError, match="must be of type object"):
                validate_parameters(action, {"p": value})
        else:
            assert validate_parameters(action, {"p": value}) == {"p": value}


def test_a_pattern_that_is_none_is_told() -> None:
    action = ActionMeta("act", params={"p": {"pattern": "("}})

    assert has_pattern(action)
    with pytest.raises(KafkastackError, match="is no regular expression"):
        validate_parameters(action, {"p": "x"})


def test_the_reference_tells_every_bound() -> None:
    text = Path(__file__).parents[3].joinpath("docs/reference/bounds.md").read_text()
    numbers = {name: value for name, value in vars(bounds).items() if name.isupper()}

    missing = [name for name in numbers if f"`{name}`" not in text]

    assert not missing
