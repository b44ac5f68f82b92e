"""The tutorial of the cloud, killed on its way: the tests build on each other, on one walk."""

import json
import os
import shlex
import signal
import subprocess
from pathlib import Path

import pytest

from kafkastack.artifacts.cache import cache_dir
from kafkastack.microstack.settings import default_settings
from kafkastack.tutorial import document, library
from kafkastack.tutorial.document import Checkpoint
from tests.fakes.host import alone
from tests.tutorials.home import made_home

pytestmark = [pytest.mark.root, pytest.mark.slow]
STATE = Path("/var/lib/kafkastack-tutorial")
NAME = "microstack"
MACHINES = 6  # one for each unit of the first journey


def sentences(name):
    """Return what the checkpoints of a tutorial say."""
    steps = document.parse(library.read(name)).steps
    return [s.action.sentence for s in steps if isinstance(s.action, Checkpoint)]


SENTENCES, JOURNEY = sentences(NAME), sentences(library.DEFAULT)


@pytest.fixture(scope="module")
def home():
    """Make a home for a person, and a folder for a cloud beside the one of this machine."""
    if os.geteuid():
        pytest.skip("a cloud needs root: sudo .venv/bin/python -m pytest -m root")
    with alone(), pytest.MonkeyPatch.context() as patch, made_home() as home:
        patch.setenv("KAFKASTACK_CACHE", str(cache_dir()))
        patch.setenv("KAFKASTACK_MICROSTACK", str(STATE))
        patch.setenv("HOME", str(home.folder))
        home.run("microstack", "destroy", "--no-prompt", "--quiet")  # of a run that was killed
        yield home
        home.run("microstack", "destroy", "--no-prompt", "--quiet")


@pytest.fixture(scope="module")
def walked(home):
    """Walk; kill all of the walk when the cloud has begun to be built; walk to the end."""
    begun = home.start("tutorial", "run", NAME)
    for line in begun.stdout:
        if line.startswith("[3/"):  # the third step of its bootstrap
            break
    os.killpg(begun.pid, signal.SIGKILL)
    begun.communicate()
    return home.run("tutorial", "run", NAME)


def test_killed_while_the_cloud_is_built_it_goes_on_to_the_end(walked):
    assert "Going on at 2. Build the cloud" in walked
    for sentence in SENTENCES:
        assert f"✔ {sentence}\n" in walked
    assert walked.count("\nMicroStack: running\n") >= len(SENTENCES)


def test_what_launch_has_printed_logs_in(walked):
    login = next(line for line in walked.splitlines() if line.startswith("ssh -i "))

    told = subprocess.run([*shlex.split(login), "hostname -f"], capture_output=True, check=True)

    assert told.stdout == b"demo-instance.microstack\n"


def test_a_second_walk_changes_nothing(home, walked):
    again = home.run("tutorial", "run", NAME)

    assert "Everything has been walked before: nothing was changed." in again
    assert "kafkastack microstack stop, start, destroy" in again
    found = json.loads(home.run("microstack", "status", "--format", "json"))
    assert [instance["name"] for instance in found["instances"]] == ["demo_instance"]


def test_the_first_journey_is_walked_on_its_instances_to_messages_through_tls(home, walked):
    out = home.run("tutorial", "run", "--cloud", NAME)

    for sentence in JOURNEY:
        assert f"✔ {sentence}\n" in out
    machines = json.loads(home.run("status", "--format", "json"))["machines"].values()
    instances = json.loads(home.run("microstack", "status", "--format", "json"))["instances"]
    reached = {address for instance in instances for address in instance["addresses"]}
    assert len(machines) == MACHINES
    assert {machine["dns-name"] for machine in machines} <= reached


def test_the_model_is_removed_without_its_cloud(home, walked):
    home.run("tutorial", "remove", library.DEFAULT)

    found = json.loads(home.run("microstack", "status", "--format", "json"))
    assert [instance["name"] for instance in found["instances"]] == ["demo_instance"]


def test_removed_it_leaves_nothing_but_the_downloads(home, walked):
    link = Path("/sys/class/net") / default_settings().link
    assert link.exists()

    out = home.run("tutorial", "remove", NAME)

    assert "Removed: the cloud of this machine, its instances, and " in out
    assert not STATE.exists()
    assert not link.exists()
    assert not (home.folder / ".config/openstack").exists()
    assert "not installed" in home.run("microstack", "status")


def test_a_removal_of_nothing_is_no_error(home, walked):
    home.run("tutorial", "remove", NAME)
