"""A test gets a Kafka by naming a fixture, and nothing of it is left, however the run ends."""

import importlib.metadata
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomllib

from kafkastack.errors import UsageError
from kafkastack.pytest_plugin.deployment import Wanted
from kafkastack.pytest_plugin.keeper import processes_of
from kafkastack.pytest_plugin.shared import Shared, new_folder
from tests.fakes.waiting import wait_until

pytest_plugins = ["pytester"]

CACHE = os.environ.get("KAFKASTACK_CACHE") or Path("~/.cache/kafkastack").expanduser()
PLUGIN = "kafkastack.pytest_plugin"
USES_KAFKA = """\
import pytest
from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient

def test_messages(kafka):
    assert ("SSL" in kafka.security_protocol) is ENCRYPTED
    topic = kafka.topic(partitions=2)
    producer = Producer(kafka.settings)
    producer.produce(topic, b"hello")
    assert producer.flush(20) == 0
    consumer = Consumer({**kafka.settings, "group.id": "g", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    message = consumer.poll(30)
    assert message.value() == b"hello"
    consumer.close()

def test_a_stranger_is_refused(kafka):
    stranger = {**kafka.settings, "sasl.password": "wrong", "log_level": 0}
    with pytest.raises(KafkaException):
        AdminClient(stranger).list_topics(timeout=3)

def test_topics_have_names_of_their_own(kafka):
    assert kafka.topic("given") == "given"
    assert kafka.topic() != kafka.topic()

def test_a_model_of_one_s_own(kafkastack):
    assert kafkastack.status().apps == {}
    kafkastack.cli("config", "--help", include_model=False)
"""
BREAKS = """\
import pytest
from confluent_kafka import Consumer, Producer

@pytest.fixture(scope="module")
def topic(kafka):
    return kafka.topic(partitions=3)

def produce(kafka, topic, text):
    producer = Producer({**kafka.settings, "acks": "all", "log_level": 0})
    for number in range(30):
        producer.produce(topic, f"{text} {number}".encode())
    assert producer.flush(60) == 0

def test_killed(kafka, topic):
    kafka.kill(1)
    produce(kafka, topic, "killed")
    kafka.wait()

def test_paused(kafka, topic):
    kafka.pause(2)
    produce(kafka, topic, "paused")
    kafka.resume(2)

def test_restarted(kafka, topic):
    kafka.restart(0)
    produce(kafka, topic, "restarted")

def test_nothing_is_lost(kafka, topic):
    consumer = Consumer({**kafka.settings, "group.id": "g", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    found = set()
    while len(found) < 90 and (message := consumer.poll(30)) is not None:
        assert message.error() is None
        found.add(message.value())
    consumer.close()
    assert len(found) == 90

def test_a_broker_that_is_not_there_is_told(kafka):
    with pytest.raises(Exception, match="there is no broker 3: they are 0 to 2"):
        kafka.kill(3)
"""
ONE_START = """\
def test_it_was_started_once(kafka, kafkastack_controller):
    count = "grep -c 'Kafka Server started' $LOGS/server.log"
    assert kafkastack_controller.juju("kafka").ssh("kafka/0", count).strip() == "1"
"""
SLEEPS = """\
import pathlib, time

def test_long(kafkastack):
    pathlib.Path("begun").write_text(kafkastack.cli_binary)
    pathlib.Path("begun").rename("ready")
    time.sleep(1000)
"""


@pytest.fixture
def shared() -> Iterator[Shared]:
    yield (made := Shared(new_folder()))
    assert is_gone(made.folder)


def is_gone(folder: str) -> bool:
    path = Path(folder)
    return not path.exists() and not Path(f"{folder}.lock").exists() and not [*processes_of(path)]


@pytest.fixture(autouse=True)
def cached_downloads(monkeypatch: pytest.MonkeyPatch):
    """Keep the downloads there are: pytester gives its runs another HOME."""
    monkeypatch.setenv("KAFKASTACK_CACHE", str(CACHE))


@pytest.mark.parametrize(("track", "tls"), [("4", "false"), ("4", "true"), ("3", "true")])
def test_a_test_gets_a_kafka(pytester: pytest.Pytester, track: str, tls: str):
    pytester.makeini(f"[pytest]\nkafkastack_kafka = {track}\nkafkastack_tls = {tls}\n")
    pytester.makepyfile(USES_KAFKA.replace("ENCRYPTED", tls.title()))
    result = pytester.runpytest_subprocess("-p", PLUGIN, timeout=300)
    result.assert_outcomes(passed=4)


def test_a_client_that_is_there_from_the_start_restarts_nothing(pytester: pytest.Pytester):
    pytester.makepyfile(ONE_START)
    result = pytester.runpytest_subprocess("-p", PLUGIN, timeout=300)
    result.assert_outcomes(passed=1)


def test_a_test_breaks_one_broker_of_three_and_nothing_is_lost(pytester: pytest.Pytester):
    pytester.makeini("[pytest]\nkafkastack_brokers = 3\n")
    pytester.makepyfile(BREAKS)
    result = pytester.runpytest_subprocess("-p", PLUGIN, timeout=300)
    result.assert_outcomes(passed=5)


@pytest.mark.parametrize(
    ("track", "brokers", "told"),
    [
        ("2", "1", 'kafkastack_kafka = "2": there is no such Kafka'),
        ("4", "many", 'kafkastack_brokers = "many": it is a number'),
        ("4", "0", 'kafkastack_brokers = "0": it is a number'),
        ("4", "²", 'kafkastack_brokers = "²": it is a number'),
        ("4", "10", 'kafkastack_brokers = "10": it is a number'),
    ],
)
def test_a_setting_that_cannot_be_is_told(track: str, brokers: str, told: str):
    with pytest.raises(UsageError, match=told):
        Wanted.read(track, brokers, tls=False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill"])
def test_nothing_is_left_of_a_run_that_is_ended(pytester: pytest.Pytester, number: int):
    pytester.makepyfile(SLEEPS)
    words = [sys.executable, "-m", "pytest", "-p", PLUGIN]
    run = subprocess.Popen(words, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_until(lambda: run.poll() is not None or Path("ready").exists(), 60)
        folder = str(Path(Path("ready").read_text()).parent)
        assert [*processes_of(Path(folder))], "a controller runs"
        os.killpg(run.pid, number)  # as a terminal does
        assert run.wait(60) in (2, -9)
        wait_until(lambda: is_gone(folder), 30, "everything's end")
    finally:
        if run.poll() is None:
            run.kill()


def test_processes_share_one_controller(shared: Shared):
    other = Shared(shared.folder)  # as a worker of xdist is told of it
    with shared.used():
        shared.juju().add_model("mine")
        with other.used():
            assert "mine" in other.juju().cli("models", include_model=False)
    shared.wait_until_removed()
    with other.used():  # whoever comes later begins anew
        assert "mine" not in other.juju().cli("models", include_model=False)
    other.wait_until_removed()
    wait_until(lambda: is_gone(shared.folder), 30)


def test_pytest_finds_the_plugin_by_its_entry_point():
    project = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text())
    points = project["project"]["entry-points"]["pytest11"]
    assert points == {PLUGIN: PLUGIN}
    installed = importlib.metadata.entry_points(group="pytest11", name=PLUGIN)
    assert [point.value for point in installed] == [PLUGIN]
