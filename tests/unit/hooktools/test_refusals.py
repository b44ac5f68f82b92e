"""Refusals of each tool, in the words that ops and charms look for."""

import re

import pytest
from msgspec.structs import replace

from kafkastack.errors import DownloadError
from kafkastack.model.records import Hook, Task
from tests.fakes.world import World

JOINED = Hook("relation-joined", 1, "db", "server", "server/0")
RELATION_IS_GONE = re.compile(r"relation (\d+ )?not found")
REFUSED = [
    ("relation-get -r db:99 - a/0", 'invalid value "db:99" for option -r: relation not found'),
    (
        "relation-get -r cluster:1 - server/0",
        'invalid value "cluster:1" for option -r: relation not found',
    ),
    ("relation-get -r db:x - a/0", 'invalid value "db:x" for option -r: relation not found'),
    ("secret-get --label nobody", 'secret "nobody" not found'),
    ("secret-add password=v --expire soon", 'expire time or duration "soon" not valid'),
    ("secret-add A=v", 'key "A" not valid'),
    ("secret-add password=v --owner me", 'secret owner "me" not valid'),
    ("secret-add password#base64=*", 'invalid value of key "password": not base64'),
    ("open-port 99999", None),
    ("open-port 80-90 85", "cannot open 80-90/tcp: port ranges 80-90/tcp and 85/tcp conflict"),
    ("open-port x/tcp", None),
    ("relation-get -r", "option needs an argument: -r"),
    ("nonsense", 'there is no hook tool "nonsense"'),
]


@pytest.mark.parametrize(("line", "text"), REFUSED, ids=[line for line, _ in REFUSED])
def test_refusals(world: World, line: str, text: str | None):
    said = world.run(hook=JOINED).refuses(*line.split())
    assert said == text if text else said
    assert "Traceback" not in said


def test_what_ops_reads_as_a_relation_that_is_gone(world: World):
    for line in ("relation-get - a/0", "relation-list", "relation-set x=y", "network-get db"):
        assert RELATION_IS_GONE.search(world.run().refuses(*line.split(), "-r", "42"))


def test_no_relation_is_meant_outside_of_relation_hooks(world: World):
    assert world.run().refuses("relation-get", "-") == "no relation id specified"
    assert world.run().refuses("relation-list") == "no relation id specified"
    assert world.run().refuses("relation-ids") == "no endpoint name specified"
    assert world.run().refuses("relation-get", "-r", "1") == "no unit or application specified"


class TestAFollower:
    def refuses(self, world: World, line: str) -> str:
        return world.run("app/1", hook=JOINED).refuses(*line.split())

    def test_writes_no_application_data(self, world: World):
        assert self.refuses(world, "relation-set --app a=b") == "cannot write relation settings"

    def test_reads_no_application_data_of_its_own(self, world: World):
        assert self.refuses(world, "relation-get --app - app") == "permission denied"

    def test_reads_its_own_peer_application_data(self, world: World):
        run = world.run("app/1")
        assert run.says("relation-get", "-r", "0", "--app", "-", "app") == "{}\n"

    def test_has_no_say_in_the_application_status(self, world: World):
        assert "not the leader" in self.refuses(world, "status-set --application=True active")
        assert "not the leader" in self.refuses(world, "status-get --application=true")
        assert "not the leader" in self.refuses(world, "leader-set a=b")

    def test_adds_no_secret_for_the_application(self, world: World):
        assert "not the leader" in self.refuses(world, "secret-add --owner application pass=word")

    def test_is_told_that_it_does_not_lead(self, world: World):
        assert world.run("app/1").says("is-leader", "--format=json") == "false\n"


@pytest.mark.parametrize("tool", ["relation-set -r 1", "state-set", "leader-set"])
@pytest.mark.parametrize("text", [b"{", b"[1]", b"a: {b", b"\xff\xff", b"just words", b"{]}"])
def test_a_file_that_is_no_map_is_refused(world: World, tool: str, text: bytes):
    said = world.run().refuses(*tool.split(), "--file", "-", stdin=text)
    assert re.match("expected a map of settings|the settings are (neither|not) ", said), said


def test_a_usage_error_has_exit_code_2_and_a_refusal_1(world: World):
    assert world.run().call("config-get", "--nothing").returncode == 2
    assert world.run().call("relation-list").returncode == 2
    assert world.run().call("secret-get", "secret:abc").returncode == 1


def test_a_reboot_is_refused_to_an_action(world: World):
    run = world.run(task=Task(1, 0, "app/0", "go", 0.0))
    assert run.refuses("juju-reboot") == "juju-reboot is not supported when running an action."


def test_an_internal_error_is_told_to_the_charm_and_kept_for_us(
    world: World, capsys: pytest.CaptureFixture[str]
):
    run = world.run()
    assert run.refuses("secret-add", "pass#file=/nowhere").startswith("secret-add failed: ")
    assert "Traceback" in capsys.readouterr().err


def test_a_resource_that_cannot_be_fetched_is_in_the_log_with_what_to_do(world: World):
    async def fail(name: str) -> str:
        raise DownloadError(f"cannot download {name}.jar: no network", "check HTTPS_PROXY")

    run = world.run()
    run.context.environment = replace(run.context.environment, fetch_resource=fail)

    assert run.refuses("resource-get", "jar") == "cannot download jar.jar: no network"
    logged = world.journal.read_log(world.run().context.model)[-1]
    assert (logged.level, logged.message) == (
        "ERROR",
        'cannot fetch resource "jar": cannot download jar.jar: no network\ncheck HTTPS_PROXY',
    )
