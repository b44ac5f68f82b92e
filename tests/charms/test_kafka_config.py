"""Options that are accepted, and Kafka itself, which starts with them: on both tracks."""

import ipaddress
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st
from kafkastack_charms.host import sort_names
from kafkastack_charms.kafka import listeners
from kafkastack_charms.kafka.layout import Layout
from kafkastack_charms.kafka.options import ROWS, Form, Options, Row
from kafkastack_charms.server_charm import BadOptionError
from kafkastack_charms.stages import Stage

from tests.charms.kafka import modules as kafka_3
from tests.charms.kafka.test_render import SETTINGS as SETTINGS_3
from tests.charms.kafka_4 import modules as kafka_4
from tests.charms.kafka_config import KafkaConfig
from tests.fakes.distribution import find_jar

LAYOUT = Layout(Path("/charm"), (Path("/data/0"),))
HOST = "127.83.9.1"
ROLES = (["broker"], ["controller"], ["broker", "controller"])
SETTINGS_4 = kafka_4.render.Settings(
    node_id=2,
    roles=frozenset(ROLES[-1]),
    bind=HOST,
    brokers=3,
    options=None,
    credentials=kafka_4.users.Credentials(*["word"] * 6),
    controllers=kafka_4.state.Controllers((f"{HOST}:9098",), "word", "CA"),
    controller=listeners.controller(HOST),
    all_listeners=(),
    has_clients=True,
    encrypted=True,
)
ODD = ["compact,compact", "delete, compact", "1_000", " 5", "+5", "0x5", "1e3", "-0", "\u0663"]
PATTERNS = st.text(alphabet="(){}[]|*+?^$.\\\\,-2ad:&=PCN", max_size=9)
RULES = st.lists(PATTERNS.map("RULE:{}/$1/L".format) | st.just("DEFAULT"), min_size=1, max_size=3)
SUITES = (
    *("TLS_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    *("TLS_RSA_WITH_NULL_SHA256", "TLS_DH_anon_WITH_AES_128_CBC_SHA", "NO_SUCH"),
)
HOSTS = st.sampled_from(
    [
        *(
            "kafka.example",
            "a-{unit}.example",
            "172.17.0.1",
            "203.0.113.9",
            "[fd00::7]",
            "localhost",
        ),
        *("0.0.0.0", "0", "::", "[::]", "[::ffff:0.0.0.0]", "224.0.0.1", "255.255.255.255"),
        *(
            "my host",
            "a_b/c",
            "http://x",
            "b\u00fccher.example",
            "$x",
            "a" * 64,
            "x." * 130,
            ".",
            "-a",
        ),
        *("*.example", "a..b", "a.", "1.2.3", "fd00::7", "[fe80::1%eth0]", "x[", "a\tb", "a\x85b"),
    ]
) | st.text(max_size=5)
BASE = st.sampled_from(
    ["", ":20001", ":29900", ":30000", ":30001", ":50000", ":+30000", ":3", "::"]
)
PLACES = st.lists(st.tuples(HOSTS, BASE).map("".join), min_size=1, max_size=4).map(",".join)
MANY = st.integers(55, 75).map(lambda many: ",".join(f"a{n}:50000" for n in range(many)))
FREE: dict[str, st.SearchStrategy[Any]] = {
    "extra.listeners": PLACES | MANY,
    "certificate.extra.sans": st.lists(HOSTS, max_size=3).map(",".join),
    "log.level": st.sampled_from(["debug", "WARNING", "LOUD", ""]),
    "profile": st.sampled_from(["testing", "staging", "production", "fast"]),
}


def values(row: Row) -> st.SearchStrategy[Any]:
    """Return values that may be taken for an option, and some near them."""
    if row.least is not None:
        low, high = row.least - 2, row.most + 2
        numbers = st.integers(low, high) | st.integers(low, 2**21) | st.sampled_from([low, high])
        return numbers | numbers.map(str) | st.sampled_from(ODD)
    if row.choices:
        return st.sampled_from([*row.choices, *ODD])
    suites = st.lists(st.sampled_from(SUITES), max_size=3).map(",".join)
    return RULES.map(",".join) | st.text(max_size=9) | st.booleans() | suites


OPTIONS = {**FREE, **{name: values(row) for name, row in ROWS.items()}}
CHANGES = st.lists(st.sampled_from(sorted(OPTIONS)), min_size=1, max_size=4, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: OPTIONS[name] for name in names})
)
Lines = dict[str, str]


class Track(NamedTuple):
    """A charm's options, what it writes of them, and the Kafka that reads it."""

    form: Form
    defaults: dict[str, Any]
    write: Callable[[Any], list[Lines]]
    kafka: KafkaConfig

    def accepted(self, changed: dict[str, Any]) -> list[Options]:
        """Return the options; nothing where one is refused.

        What is not of an option's type cannot be set at all.
        """
        config = {self.form.name(key): value for key, value in changed.items()}
        own = {k: v for k, v in config.items() if type(v) is type(self.defaults[k])}
        try:
            return [self.form.parse({**self.defaults, **own}, 2)]
        except BadOptionError:
            return []

    def lines(self, changed: dict[str, Any]) -> list[Lines]:
        """Return server.properties of each role; nothing where an option is refused."""
        return [lines for options in self.accepted(changed) for lines in self.write(options)]

    def refusals(self, changed: dict[str, Any]) -> set[str]:
        """Return what Kafka says against what is accepted."""
        return {self.kafka.refusal(lines) for lines in self.lines(changed)} - {""}


def write_3(options: Any) -> list[Lines]:
    known = listeners.every(HOST, HOST, options.extra_places)
    settings = SETTINGS_3._replace(options=options, all_listeners=known, has_clients=True)
    staged = [settings._replace(stage=stage) for stage in Stage]
    return [kafka_3.render.server_properties(one, LAYOUT) for one in staged]


def write_4(options: Any) -> list[Lines]:
    settings = [
        SETTINGS_4._replace(
            options=options,
            roles=frozenset(roles),
            encrypted=encrypted,
            all_listeners=(
                listeners.internal(HOST, True),
                listeners.client(HOST, encrypted),
                *listeners.from_elsewhere(options.extra_places, encrypted),
            ),
        )
        for roles in ROLES
        for encrypted in (False, True)
    ]
    return [kafka_4.render.server_properties(one, LAYOUT) for one in settings]


CHARMS = {"3.9.2": (kafka_3, write_3), "4.3.1": (kafka_4, write_4)}


@pytest.fixture(scope="module", params=CHARMS)
def track(request: pytest.FixtureRequest) -> Iterator[Track]:
    charm, write = CHARMS[request.param]
    file = yaml.safe_load((charm.CHARM / "config.yaml").read_text())["options"]
    defaults = {name: option.get("default") for name, option in file.items()}
    started = KafkaConfig(find_jar(request.param))
    yield Track(charm.options.FORM, defaults, write, started)
    started.close()


@settings(max_examples=200)
@given(CHANGES)
def test_kafka_starts_with_whatever_is_accepted(track: Track, changed: dict[str, Any]) -> None:
    assert track.refusals(changed) == set()


@settings(max_examples=200)
@given(FREE["extra.listeners"])
def test_kafka_listens_at_every_place_that_is_accepted(track: Track, places: str) -> None:
    assert track.refusals({"extra.listeners": places}) == set()


@settings(max_examples=200)
@given(FREE["certificate.extra.sans"], FREE["extra.listeners"])
def test_a_certificate_can_be_asked_for_with_every_name_that_is_accepted(
    track: Track, names: str, places: str
) -> None:
    for options in track.accepted({"certificate.extra.sans": names, "extra.listeners": places}):
        hosts = (host for host, _ in options.extra_places)
        dns, addresses = sort_names((*options.extra_names, *hosts))
        for name in dns:
            assert 0 < len(name) <= 253
            x509.DNSName(name).value.encode("ascii")
        assert all(map(ipaddress.ip_address, addresses))


@settings(max_examples=200)
@given(RULES)
def test_kafka_reads_rules_of_names_that_are_accepted(track: Track, rules: list[str]) -> None:
    assert track.refusals({"ssl.principal.mapping.rules": ",".join(rules)}) == set()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"log.segment.bytes": "13"}, "log.segment.bytes"),
        ({"compression.type": "rar"}, "compression.type"),
        ({"ssl.principal.mapping.rules": "RULE:(/$1/"}, "Unclosed group"),
    ],
)
def test_kafka_itself_is_asked(track: Track, wrong: Lines, words: str) -> None:
    assert words in track.kafka.refusal({**track.lines({})[-1], **wrong})
