"""A storage directive is read as Juju reads it, and held against what the charm allows."""

import pytest

from kafkastack.errors import KafkastackError
from kafkastack.model.charm import StorageMeta
from kafkastack.model.sizes import size_text
from kafkastack.model.storage import Directive, Pools, complete, parse_directive, wanted_storage

POOLS = Pools(("rootfs", "local"))
ONE = StorageMeta("data")
SOME = StorageMeta("data", count_min=1, count_max=3, minimum_size=2048)
ANY = StorageMeta("data", count_min=0, count_max=-1)


@pytest.mark.parametrize(
    "text, found",
    [
        ("", Directive()),
        ("3", Directive(count=3)),
        ("10G", Directive(size=10240)),
        ("1.5GiB", Directive(size=1536)),
        ("512MB", Directive(size=512)),
        ("local,10G,2", Directive("local", 10240, 2)),
        ("2,local", Directive("local", 0, 2)),
    ],
)
def test_a_directive_names_pool_size_and_count_in_any_order(text: str, found: Directive):
    assert parse_directive(text) == found


@pytest.mark.parametrize(
    "text, said",
    [
        ("0", 'count must be greater than zero, got "0"'),
        ("-1", "count must be greater than zero"),
        ("1,2", "count is already set"),
        ("1G,2G", "size is already set"),
        ("a,b", "pool is already set"),
        ("10Q!", "unrecognized storage directive"),
        (",", "unrecognized storage directive"),
    ],
)
def test_a_directive_that_is_none_is_refused(text: str, said: str):
    with pytest.raises(KafkastackError, match=said):
        parse_directive(text)


def test_what_is_left_open_is_what_the_charm_needs():
    storages = {"data": SOME, "logs": ANY, "tmp": ANY}
    wanted = wanted_storage("kafka", storages, {"data": "2", "tmp": "local"}, POOLS)
    assert wanted == {
        "data": Directive("rootfs", 2048, 2),
        "logs": Directive("rootfs", 1024, 0),
        "tmp": Directive("local", 1024, 1),
    }


@pytest.mark.parametrize(
    "storage, asked, present, said",
    [
        (ONE, Directive(count=2), 0, 'charm "kafka" store "data": store is singular, 2 specified'),
        (ONE, Directive(), 1, "store is singular, 2 specified"),
        (SOME, Directive(count=4), 0, "at most 3 instances supported, 4 specified"),
        (SOME, Directive(count=1), 3, "at most 3 instances supported, 4 specified"),
        (SOME, Directive(size=1024), 0, "minimum storage size is 2.0 GiB, 1.0 GiB specified"),
        (ANY, Directive(pool="ebs"), 0, 'pool "ebs" not found'),
        (StorageMeta("data", "block"), Directive(), 0, "no block devices"),
    ],
)
def test_what_the_charm_does_not_allow_is_refused(
    storage: StorageMeta, asked: Directive, present: int, said: str
):
    with pytest.raises(KafkastackError, match=said):
        complete("kafka", storage, asked, POOLS, present=present)


def test_a_model_may_have_another_pool_for_what_names_none():
    pools = Pools(("rootfs", "local"), "local")
    assert complete("kafka", ANY, Directive(), pools).pool == "local"


def test_a_storage_that_the_charm_does_not_have_is_refused_with_those_it_has():
    with pytest.raises(KafkastackError, match='has no store called "nope"\nits stores: data'):
        wanted_storage("kafka", {"data": ONE}, {"nope": "1"}, POOLS)


@pytest.mark.parametrize(
    "mebibytes, text",
    [(0, ""), (952, "952 MiB"), (1024, "1.0 GiB"), (10240, "10 GiB"), (2 << 20, "2.0 TiB")],
)
def test_sizes_are_shown_as_juju_shows_them(mebibytes: int, text: str):
    assert size_text(mebibytes) == text
