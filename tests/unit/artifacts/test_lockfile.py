import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkastack.artifacts.distributions import (
    DISTRIBUTIONS,
    distribution_of_channel,
    find_resource,
    locked_jars,
)
from kafkastack.artifacts.lockfile import LockedJar, format_lock, parse_lock
from kafkastack.errors import KafkastackError, NotFoundError

words = st.text("abzAZ019._-", min_size=1, max_size=12)
locked = st.builds(
    LockedJar,
    group=words,
    artifact=words,
    version=words,
    size=st.integers(0, 10**10),
    sha256=st.binary(min_size=32, max_size=32).map(bytes.hex),
)


@given(st.lists(locked, unique_by=lambda jar: jar.file))
def test_a_lock_that_is_written_reads_the_same(jars):
    assert sorted(parse_lock(format_lock("kafka-1", jars))) == sorted(jars)


@given(st.lists(locked, unique_by=lambda jar: jar.file))
def test_the_order_in_which_jars_were_resolved_does_not_change_the_lock(jars):
    assert format_lock("kafka-1", jars) == format_lock("kafka-1", reversed(jars))


def test_a_line_that_cannot_be_read_is_named():
    with pytest.raises(KafkastackError, match=r"line 2 of the lock file.*what is this"):
        parse_lock("# head\nwhat is this\n")


def test_two_jars_of_one_name_are_refused():
    jars = [LockedJar("a", "x", "1", 1, "0" * 64), LockedJar("b", "x", "1", 1, "1" * 64)]
    with pytest.raises(KafkastackError, match=r"repeats x-1\.jar"):
        parse_lock(format_lock("kafka-1", jars))


@pytest.mark.parametrize("distribution", DISTRIBUTIONS.values(), ids=lambda d: d.name)
def test_each_root_is_in_the_lock_at_its_version(distribution):
    assert set(distribution.roots) <= {jar.coordinates for jar in locked_jars(distribution)}


@pytest.mark.parametrize("distribution", DISTRIBUTIONS.values(), ids=lambda d: d.name)
def test_all_modules_of_kafka_have_one_version(distribution):
    versions = {j.version for j in locked_jars(distribution) if j.group == "org.apache.kafka"}
    assert versions == {distribution.version}


@pytest.mark.parametrize("distribution", DISTRIBUTIONS.values(), ids=lambda d: d.name)
def test_a_runnable_jar_names_only_patterns_that_match(distribution):
    for jar in distribution.jars:
        assert distribution.lib(jar)


def test_zookeeper_needs_no_jar_of_kafka():
    distribution, jar = find_resource("kafka-3.9.2/zookeeper.jar")
    assert not [j for j in distribution.lib(jar) if j.group == "org.apache.kafka"]


def test_a_channel_names_its_distribution():
    assert distribution_of_channel("4/edge").name == "kafka-4.3.1"


@pytest.mark.parametrize("name", ["kafka-9/kafka.jar", "kafka-3.9.2/other.jar", "kafka", ""])
def test_an_unknown_resource_is_answered_with_the_known_ones(name):
    with pytest.raises(NotFoundError, match=r"known are: .*kafka-3\.9\.2/zookeeper\.jar"):
        find_resource(name)


@pytest.mark.parametrize("channel", ["7/stable", ""])
def test_an_unknown_track_is_answered_with_the_known_ones(channel):
    with pytest.raises(NotFoundError, match="tracks are: 3, 4"):
        distribution_of_channel(channel)
