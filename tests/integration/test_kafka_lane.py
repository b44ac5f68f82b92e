"""A developer has a Kafka by one command from nothing, uses it, stops it, goes on, removes it."""

import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from kafkastack.artifacts.resources import ensure_resource
from kafkastack.cli.catalogue import find
from tests.fakes.addresses import reserve_block
from tests.fakes.engine import Answer, Engine, engine
from tests.fakes.waiting import wait_until

_SECONDS = 240.0
_TOPICS = "org.apache.kafka.tools.TopicCommand"


@pytest.fixture(scope="module")
def jar() -> Path:
    """Kafka's jar, there before the first start is looked at."""
    return ensure_resource(find("kafka", "4/stable").channel.resources["kafka"])


@pytest.fixture(scope="module")
def lane(jar: Path) -> Iterator[Engine]:
    """A home in which a start was interrupted as soon as it had deployed something."""
    with engine() as made:
        begun = made.start("kafka", "start")
        assert begun.stderr
        told = next(line for line in begun.stderr if "deploy kafka" in line)
        assert "--channel 4/stable --config roles=broker,controller -n 1" in told
        begun.send_signal(signal.SIGINT)
        _, rest = begun.communicate(timeout=60)
        assert begun.returncode == 130 and "To go on, type: kafkastack kafka start" in rest
        yield made


@pytest.fixture(scope="module")
def entry(lane: Engine) -> dict[str, str]:
    """What a start prints, one that goes on where another was interrupted."""
    return printed(lane.ask("kafka", "start", timeout=_SECONDS))


def printed(answer: Answer) -> dict[str, str]:
    assert answer.code == 0, answer
    return dict(re.split(r"\s{2,}", line, maxsplit=1) for line in answer.out.splitlines())


def typed(lane: Engine, text: str, *words: str) -> Answer:
    process = subprocess.run(
        [lane.binary, "kafka", *words],
        env=lane.environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return Answer(process.returncode, process.stdout, process.stderr)


def consumed(lane: Engine, *words: str) -> list[str]:
    return lane("kafka", "consume", "--timeout-ms", "20000", *words).splitlines()


def javas(lane: Engine) -> list[int]:
    return [pid for pid, words in lane.processes() if words[0].endswith("java")]


def test_a_start_from_nothing_prints_how_to_enter(lane: Engine, entry: dict[str, str]):
    assert [*entry] == ["bootstrap server", "user", "password", "CA", "protocol"]
    assert entry["bootstrap server"].startswith("127.")
    ca = Path(entry["CA"])
    assert "BEGIN CERTIFICATE" in ca.read_text() and ca.stat().st_mode & 0o077 == 0
    applications = lane.status("-m", "kafka")["applications"]
    assert {one["application-status"]["current"] for one in applications.values()} == {"active"}


def test_a_start_of_what_runs_changes_nothing(lane: Engine, entry: dict[str, str]):
    again = lane.ask("kafka", "start")
    assert printed(again) == entry
    assert "deploy" not in again.err and "integrate" not in again.err
    assert lane.ask("kafka", "start", "--quiet") == Answer(0, "", "")


def test_topics_are_made_described_grown_and_deleted(lane: Engine, entry: dict[str, str]):
    words = ("--topic", "orders")
    create = ("topics", "--create", *words, "--partitions", "2", "--config", "retention.ms=9000")
    assert lane("kafka", *create) == "Created topic orders.\n"
    assert "Topic 'orders' already exists" in lane.fails("kafka", *create)
    assert lane("kafka", *create, "--if-not-exists") == ""
    lane("kafka", "topics", "--alter", *words, "--partitions", "3")
    assert "takes none away" in lane.fails(
        "kafka", "topics", "--alter", *words, "--partitions", "2"
    )
    described = lane("kafka", "topics", "--describe", *words)
    assert "PartitionCount: 3" in described and "retention.ms=9000" in described
    assert "orders" in lane("kafka", "topics", "--list").splitlines()
    lane("kafka", "topics", "--delete", *words)
    told = lane.fails("kafka", "topics", "--delete", *words)
    assert 'topic "orders" not found' in told and "--create --topic orders" in told
    lane("kafka", "topics", "--delete", *words, "--if-exists")


def test_messages_come_as_they_were_sent(lane: Engine, entry: dict[str, str]):
    lane("kafka", "topics", "--create", "--topic", "sent")
    keyed = ("--property", "parse.key=true", "--property", "key.separator=:")
    assert typed(lane, "a:1\nb:ü\n", "produce", "--topic", "sent", *keyed) == Answer(0, "", "")
    shown = consumed(
        lane,
        "--topic",
        "sent",
        "--from-beginning",
        "--max-messages",
        "2",
        "--property",
        "print.key=true",
    )
    assert sorted(shown) == ["a\t1", "b\tü"]
    late = lane.ask(
        "kafka",
        "consume",
        "--topic",
        "sent",
        "--max-messages",
        "9",
        "--from-beginning",
        "--timeout-ms",
        "500",
    )
    assert late.code == 5 and "2 of 9 messages" in late.err
    nowhere = typed(lane, "x\n", "produce", "--topic", "nowhere")
    assert nowhere.code == 1 and 'topic "nowhere" not found' in nowhere.err


def test_a_group_remembers_and_is_put_back(lane: Engine, entry: dict[str, str]):
    lane("kafka", "topics", "--create", "--topic", "read", "--partitions", "1")
    typed(lane, "1\n2\n3\n", "produce", "--topic", "read")
    group = ("--topic", "read", "--group", "billing", "--from-beginning")
    assert consumed(lane, *group, "--max-messages", "2") == ["1", "2"]
    assert "billing" in lane("kafka", "groups", "--list").splitlines()
    row = lane("kafka", "groups", "--describe", "--group", "billing").splitlines()[-1].split()
    assert row[:6] == ["billing", "read", "0", "2", "3", "1"]
    reset = ("groups", "--reset-offsets", "--group", "billing", "--topic", "read", "--to-earliest")
    lane("kafka", *reset)
    assert consumed(lane, *group, "--max-messages", "1") == ["3"], "it was a dry run"
    lane("kafka", *reset, "--execute")
    assert consumed(lane, *group, "--max-messages", "3") == ["1", "2", "3"]
    lane("kafka", "groups", "--delete", "--group", "billing")
    assert 'consumer group "billing" not found' in lane.fails(
        "kafka", "groups", "--describe", "--group", "billing"
    )


def test_a_java_client_enters_by_its_properties(lane: Engine, entry: dict[str, str], jar: Path):
    lane("kafka", "topics", "--create", "--topic", "java")
    path = lane.root / "client.properties"
    lane("kafka", "client-config", "--format", "properties", "-o", str(path))
    assert path.stat().st_mode & 0o077 == 0
    words = ["--bootstrap-server", entry["bootstrap server"], "--command-config", str(path)]
    listed = subprocess.run(
        ["java", "-cp", str(jar), _TOPICS, *words, "--list"], capture_output=True, text=True
    )
    assert "java" in listed.stdout.splitlines(), listed


def test_a_client_of_librdkafka_enters_by_its_lines(lane: Engine, entry: dict[str, str]):
    lines = lane("kafka", "client-config", "--format", "librdkafka").splitlines()
    settings = dict(line.split("=", 1) for line in lines)
    assert "orders" not in AdminClient({**settings, "log_level": 0}).list_topics(timeout=20).topics


def test_after_a_stop_nothing_runs_and_a_start_brings_all_of_it_back(
    lane: Engine, entry: dict[str, str]
):
    lane("kafka", "topics", "--create", "--topic", "kept")
    typed(lane, "still here\n", "produce", "--topic", "kept")
    lane("kafka", "stop", timeout=_SECONDS)
    assert javas(lane) == []
    states = [
        one["machine-status"]["current"] for one in lane.status("-m", "kafka")["machines"].values()
    ]
    assert set(states) == {"stopped"}
    told = lane.fails("kafka", "topics", "--list")
    assert told == 'ERROR Kafka "kafka" is stopped\ntype: kafkastack kafka start\n'
    assert printed(lane.ask("kafka", "start", timeout=_SECONDS)) == entry
    shown = consumed(lane, "--topic", "kept", "--from-beginning", "--max-messages", "1")
    assert shown == ["still here"]


def test_a_broker_that_is_down_is_told_with_where_to_look(lane: Engine, entry: dict[str, str]):
    (broker,) = javas(lane)
    os.kill(broker, signal.SIGSTOP)
    try:
        told = lane.fails("kafka", "topics", "--list", code=5)
    finally:
        os.kill(broker, signal.SIGCONT)
    assert f"does not answer at {entry['bootstrap server']}" in told
    assert "look at: kafkastack status -m kafka" in told
    wait_until(lambda: lane.ask("kafka", "topics", "--list").code == 0, 60)


def test_exposed_it_is_reached_by_another_address_through_tls(lane: Engine, entry: dict[str, str]):
    address = f"{reserve_block()}.77"
    opened = lane.ask("kafka", "start", "--expose", address, timeout=_SECONDS)
    assert opened.code == 0 and f"Exposed at {address}:39093" in opened.err, opened
    settings = json.loads(lane("kafka", "client-config", "--exposed", "--format", "json"))
    assert settings["bootstrap_servers"] == f"{address}:39093"
    lines = lane("kafka", "client-config", "--exposed", "--format", "librdkafka").splitlines()
    producer = Producer({**dict(line.split("=", 1) for line in lines), "log_level": 0})
    failed: list[object] = []
    producer.produce("kept", b"from elsewhere", on_delivery=lambda error, _: failed.append(error))
    assert producer.flush(30) == 0 and failed == [None]

    lane("kafka", "start", "--no-expose", timeout=_SECONDS)
    wait_until(lambda: not _is_open(address, 39093), 60, "the end of the exposed listener")
    assert "is not exposed" in lane.fails("kafka", "client-config", "--exposed")


def _is_open(address: str, port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex((address, port)) == 0


def test_removed_nothing_of_it_is_left(lane: Engine, entry: dict[str, str]):
    assert "add --no-prompt" in lane.fails("kafka", "rm", code=2)
    lane("kafka", "rm", "--no-prompt", timeout=_SECONDS)
    assert javas(lane) == [] and not Path(entry["CA"]).exists()
    assert "there is no Kafka" in lane.fails("kafka", "topics", "--list")
    assert json.loads(lane("models", "--format", "json"))["models"] == []
