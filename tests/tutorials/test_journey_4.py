"""The first journey with Kafka 4: walked, killed where it hurts, gone on with, removed.

The tests build on each other, in this order, on one walk.
"""

import re

import pytest

from kafkastack.tutorial import document, library
from kafkastack.tutorial.document import Checkpoint, File
from tests.fakes.readable import open_to_others
from tests.tutorials.home import listeners, made_home
from tests.tutorials.walks import (
    credentials,
    holds_one_of,
    passwords_of_secrets,
    read_until,
    status,
)

APPLICATIONS = {"kafka", "data-integrator", "kafka-test-app", "self-signed-certificates"}
KILLED_AT = ("integrate data-integrator", "add-secret", "add-unit kafka")
TUTORIAL = document.parse(library.read(library.DEFAULT))
SENTENCES = [s.action.sentence for s in TUTORIAL.steps if isinstance(s.action, Checkpoint)]
WORDS = ("tutorial", "run")


@pytest.fixture(scope="module")
def home():
    with made_home() as home:
        yield home


@pytest.fixture(scope="module")
def walked(home):
    """Walk; kill everything of the walk as soon as each of these was typed; walk to the end."""
    killed = [read_until(home.start(*WORDS), typed) for typed in KILLED_AT]
    return [*killed, home.run(*WORDS)]


def test_both_journeys_have_the_same_program():
    others = document.parse(library.read(library.BY_KAFKA["3"]))

    first, second = (program(page) for page in (others, TUTORIAL))

    assert first == second


def program(page):
    files = [step.action for step in page.steps if isinstance(step.action, File)]
    return next(file.text for file in files if file.name == "first_client.py")


def test_killed_anywhere_it_reaches_every_checkpoint(walked):
    out = "".join(walked)

    for typed, after in zip(KILLED_AT, walked[1:], strict=True):
        assert re.search(rf"Going on at \d\. .*\n\n── .*\n\n\$ kafkastack {typed}", after)
    for sentence in SENTENCES:
        assert f"✔ {sentence}\n" in out


def test_it_ends_with_three_servers_and_everything_active(home, walked):
    found = status(home)["applications"]

    assert set(found) == APPLICATIONS
    assert {one["application-status"]["current"] for one in found.values()} == {"active"}
    assert sorted(found["kafka"]["units"]) == ["kafka/0", "kafka/1", "kafka/2"]
    ports = [unit["open-ports"] for unit in found["kafka"]["units"].values()]
    assert ports == [["9093/tcp", "9098/tcp", "19093/tcp"]] * 3


def test_the_password_that_was_chosen_is_seen_by_nobody_else(home, walked):
    chosen = (home.work / "operator.password").read_text()
    passwords = passwords_of_secrets(home)
    assert {chosen, credentials(home)["password"]} <= passwords

    files = [*home.folder.rglob("*.log"), *open_to_others(home.folder)]
    assert [path for path in files if holds_one_of(passwords, path)] == []
    assert all(chosen not in line for line in home.processes().values())
    assert chosen not in "".join(walked)


def test_a_second_walk_says_so_and_changes_nothing(home, walked):
    running = {pid for pid, line in home.processes().items() if "java" in line}

    assert "Everything has been walked before: nothing was changed." in home.run(*WORDS)

    assert running
    assert running <= set(home.processes())


def test_teardown_leaves_nothing(home, walked):
    block = status(home)["machines"]["0"]["dns-name"].rpartition(".")[0] + "."
    assert listeners(block)

    home.run("tutorial", "remove")

    assert home.processes() == {}
    assert listeners(block) == []
    assert home.mounts() == []
    assert [path for path in home.files() if path.name != "kafkastack"] == []
