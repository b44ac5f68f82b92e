"""Rights of a charm's programs where root runs the controller: no more than a stranger's."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's charms run as he does"),
]

CONNECT = 'socket S, 1, 1, 0; connect S, pack "Sa108", 1, "{controller}/api.sock" or exit 1'
NOTE = 'echo "$JUJU_DISPATCH_PATH $(id -u)" >> "$HOME/who"\n'


@pytest.fixture(scope="module")
def plain(shared: Engine, charms: Path) -> Iterator[Engine]:
    """A model with a unit that notes who runs its programs."""
    shared("add-model", "root")
    charm = write_charm(charms, body=NOTE, name="noting")
    shared("deploy", str(charm), "noting")
    shared.wait_for_idle(count=1)
    yield shared
    shared("destroy-model", "root", "--force", "--no-prompt")


def test_hooks_actions_and_commands_run_as_the_machine_s_user(plain: Engine):
    home = plain.home("noting/0")
    user = home.stat().st_uid

    plain("run", "noting/0", "say", "word=hi")
    told = plain("exec", "--unit", "noting/0", "id -u; id -un")
    entered = plain("ssh", "noting/0", "id -u; id -un")
    on_machine = plain("exec", "--machine", "0", "id -u; id -un")

    assert user not in (0, os.getuid())
    seen = [line.split() for line in (home / "who").read_text().splitlines()]
    assert {words[1] for words in seen} == {str(user)}
    assert {"hooks/start", "actions/say"} <= {words[0] for words in seen}
    assert told.split() == entered.split() == on_machine.split() == [str(user), "ubuntu"]


@pytest.mark.parametrize(
    "attack",
    [
        "cat {controller}/state.db",
        "cat {controller}/controller.json",
        "cat {data}/client.json",
        "ls {controller}/charms",
        "ls {controller}/supervisor",
        "kill -KILL {pid}",
        "perl -e '" + CONNECT + "'",
        "touch {controller}/../../harm",
    ],
)
def test_no_program_of_a_charm_gets_to_the_controller(plain: Engine, attack: str):
    controller, pid = plain.controller_folder(), plain.controller_pid()
    words = attack.format(controller=controller, data=plain.root / "data/kafkastack", pid=pid)

    answer = plain.ask("exec", "--unit", "noting/0", "--", f"{words} && echo SUCCEEDED")

    assert answer.code != 0
    assert "SUCCEEDED" not in answer.out
    assert plain.controller_pid() == pid
