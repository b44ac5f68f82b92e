"""The first journey with Kafka 3: walked, killed in the middle, gone on with, removed.

The tests build on each other, in this order, on one walk.
"""

import json
import re
import subprocess
import sys

import jubilant
import pytest

from kafkastack.artifacts.cache import cache_dir
from kafkastack.artifacts.distributions import DISTRIBUTIONS
from kafkastack.tutorial import document, library
from kafkastack.tutorial.document import Checkpoint
from tests.fakes.readable import open_to_others
from tests.tutorials.home import listeners, made_home
from tests.tutorials.walks import (
    credentials,
    holds_one_of,
    passwords_of_secrets,
    read_until,
    status,
)

APPLICATIONS = {
    "zookeeper",
    "kafka",
    "data-integrator",
    "kafka-test-app",
    "self-signed-certificates",
}
pytestmark = pytest.mark.slow
KILLED_AT = (
    "add-model demo",
    "integrate kafka zookeeper",
    "run data-integrator/leader",
    "remove-relation kafka-test-app",
    "integrate kafka:certificates",
)
NAME = library.BY_KAFKA["3"]
TUTORIAL = document.parse(library.read(NAME))
WORDS = ("tutorial", "run", "--kafka", "3")
SENTENCES = [s.action.sentence for s in TUTORIAL.steps if isinstance(s.action, Checkpoint)]


@pytest.fixture(scope="module")
def home():
    with made_home(NAME) as home:
        yield home


@pytest.fixture(scope="module")
def walked(home):
    """Walk; kill everything of the walk as soon as each of these was typed; walk to the end."""
    killed = [read_until(home.start(*WORDS), typed) for typed in KILLED_AT]
    return [*killed, home.run(*WORDS)]


def test_killed_anywhere_the_walk_goes_on_where_it_stopped(walked):
    first, *others = walked

    assert "$ kafkastack bootstrap local overlord" in first
    for typed, out in zip(KILLED_AT, others, strict=True):
        assert re.search(rf"Going on at \d\. .*\n\n── .*\n\n\$ kafkastack {re.escape(typed)}", out)


def test_every_checkpoint_was_reached_and_showed_the_status(walked):
    out = "".join(walked)

    for sentence in SENTENCES:
        assert f"✔ {sentence}\n" in out
    assert out.count("\nModel  Controller") >= len(SENTENCES)


def test_the_last_produced_and_consumed_lines_are_shown(walked):
    out = "".join(walked)
    head = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO \[__main__\] \(MainThread\)"
    produced = (
        rf"{head} \(produce_message\) Message published to topic=test-topic, message content"
    )
    consumed = rf"{head} \(<module>\) ConsumerRecord\(topic='test-topic', partition=\d, offset=\d+"

    assert re.search(rf"==> producer.log <==\n{produced}.*#18\"}}\n{produced}.*#19\"}}\n", out)
    assert re.search(rf"==> consumer.log <==\n{consumed}.*\n{consumed}.*\n", out)


def test_it_ends_with_everything_active_and_demo_the_current_model(home, walked):
    found = status(home)

    assert found["model"]["name"] == "demo"
    assert set(found["applications"]) == APPLICATIONS
    for name, application in found["applications"].items():
        assert application["application-status"]["current"] == "active", name


def test_jubilant_sees_the_same(home, walked, monkeypatch):
    for name, value in home.environment.items():
        monkeypatch.setenv(name, value)
    program = home.folder / "kafkastack"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m kafkastack "$@"\n')
    program.chmod(0o755)

    found = jubilant.Juju(cli_binary=str(program), model="demo").status()

    assert jubilant.all_active(found, *APPLICATIONS)
    assert found.apps["kafka"].units["kafka/0"].open_ports == ["9093/tcp", "19093/tcp"]


def test_the_files_for_your_own_application_are_yours_alone(home, walked):
    for name in ("client.properties", "java.properties", "ca.pem", "connect.py", "kcat.sh"):
        assert (home.work / name).stat().st_mode & 0o777 == 0o600, name
    assert home.work.stat().st_mode & 0o777 == 0o700
    for path in home.work.iterdir():
        assert not re.search(r"<(endpoints|username|password|topic|folder)>", path.read_text())


def test_the_python_snippet_reads_the_topic(home, walked):
    process = subprocess.Popen(
        [sys.executable, "-u", str(home.work / "connect.py")], stdout=subprocess.PIPE, text=True
    )

    first = process.stdout.readline()

    process.kill()
    process.communicate()
    assert json.loads(first)["content"].startswith(("Message #", "Checkpoint"))


def test_the_java_snippet_reads_the_topic(home, walked):
    modules = subprocess.run(["java", "--list-modules"], capture_output=True, check=False)
    if b"jdk.compiler" not in modules.stdout:
        pytest.skip("no Java that compiles")
    jars = cache_dir() / DISTRIBUTIONS["kafka-3.9.2"].folder / "lib"
    process = subprocess.Popen(
        ["java", "-cp", f"{jars}/*", str(home.work / "Connect.java")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )

    first = next((line for line in process.stdout if line.startswith("{")), "")

    process.kill()
    process.communicate()
    assert json.loads(first)["content"].startswith(("Message #", "Checkpoint"))


def test_no_password_is_shown_in_full_but_by_the_action_or_is_in_any_argv(home, walked):
    password = credentials(home)["password"]

    assert "".join(walked).count(password) <= 1  # get-credentials shows it: that is its purpose
    assert all(password not in line for line in home.processes().values())


def test_no_password_of_the_charms_is_in_a_log_or_readable_by_others(home, walked):
    passwords = passwords_of_secrets(home)
    assert credentials(home)["password"] in passwords
    assert len(passwords) > 4  # of ZooKeeper's and Kafka's own users, and of their clients

    files = [*home.folder.rglob("*.log"), *open_to_others(home.folder)]
    assert [path for path in files if holds_one_of(passwords, path)] == []
    shown = home.run("debug-log", "--replay", "--no-tail") + home.run("status", "--format", "yaml")
    assert [password for password in passwords if password in shown] == []


def test_a_second_walk_says_so_and_changes_nothing(home, walked):
    before, running = status(home), home.processes()

    out = home.run(*WORDS)

    assert "Everything has been walked before: nothing was changed." in out
    after = status(home)
    for document_ in (before, after):
        document_.pop("controller")
    assert after == before
    workloads = {pid for pid, line in running.items() if "java" in line}
    assert workloads
    assert workloads <= set(home.processes())


def test_a_quiet_walk_says_nothing(home, walked):
    assert home.run(*WORDS, "--quiet") == ""


def test_teardown_leaves_nothing_but_the_downloads(home, walked):
    block = status(home)["machines"]["0"]["dns-name"].rpartition(".")[0] + "."
    assert listeners(block)

    out = home.run("tutorial", "remove")

    assert f"Kept: the downloads in {cache_dir()}, " in out
    assert home.processes() == {}
    assert listeners(block) == []
    assert home.mounts() == []
    assert [path for path in home.files() if path.name != "kafkastack"] == []


def test_a_teardown_of_nothing_is_no_error(home, walked):
    home.run("tutorial", "remove")
