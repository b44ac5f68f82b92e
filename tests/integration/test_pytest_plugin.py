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


@pytest.mark.parametrize("tls", ["false", "true"])
def test_a_test_gets_a_kafka(pytester: pytest.Pytester, tls: str):
    pytester.makeini(f"[pytest]\nkafkastack_tls = {tls}\n")
    pytester.makepyfile(USES_KAFKA.replace("ENCRYPTED", tls.title()))
    result = pytester.runpytest_subprocess("-p", PLUGIN, timeout=300)
    result.assert_outcomes(passed=4)


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
