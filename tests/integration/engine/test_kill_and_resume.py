"""SIGKILL at every stage of a deployment: hooks are neither lost nor half applied."""

import json
import os
import random
import re
import signal
import subprocess
from contextlib import suppress
from functools import partial
from itertools import groupby
from pathlib import Path

import pytest

from tests.fakes.engine import Answer, Engine, is_alive
from tests.fakes.shell_charm import write_charm, write_ops_charm
from tests.fakes.waiting import wait_until

pytestmark = pytest.mark.slow

# Writes twice, and complains of what should never be.
CAREFUL = """\
hook=${{JUJU_DISPATCH_PATH#hooks/}}
exec 9> "$HOME/busy"
flock -n 9 || echo "two at once: $hook" >> "$HOME/complaints"
one=$(state-get one); two=$(state-get two)
[ "$one" = "$two" ] || echo "half applied: $one $two" >> "$HOME/complaints"
state-set one=$((${{one:-0}} + 1))
{middle}
state-set two=$((${{two:-0}} + 1))
case $hook in config-changed|start)
    for id in $(relation-ids peer; relation-ids server; relation-ids client); do
        relation-set -r "$id" count=$((${{one:-0}} + 1))
    done
esac
echo "$hook" >> "$HOME/done"
"""
HANG_ONCE = """\
if [ ! -e "$HOME/half $hook" ]; then
    touch "$HOME/half $hook"
    exec sleep 1000
fi
"""
BEGINNING = ["install", "peer-relation-created", "leader-elected", "config-changed", "start"]


def endpoint_hooks(*kinds: str) -> set[str]:
    """Return the hooks of the relation between the two, on either side."""
    return {f"{name}-relation-{kind}" for name in ("server", "client") for kind in kinds}


def deploy(engine: Engine, charms: Path, middle: str = "") -> None:
    charm = str(write_charm(charms, CAREFUL.format(middle=middle), "careful"))
    engine("deploy", charm, "one")
    engine("deploy", charm, "two")
    engine("integrate", "one:server", "two:client")


def halves(engine: Engine) -> set[tuple[str, str]]:
    """Return (machine, hook) of every hook that has come to its middle."""
    homes = engine.controller_folder().glob("machines/*/home")
    files = {file for home in homes for file in home.glob("*")}
    assert not [file.read_text() for file in files if file.name == "complaints"]
    return {
        (file.parts[-3], file.name.removeprefix("half "))
        for file in files
        if file.name.startswith("half ")
    }


def kill_in_every_hook(engine: Engine, seen: set[tuple[str, str]], expected: set[str]) -> None:
    """Kill the controller in the middle of each hook, once, until all expected ones are seen."""

    def is_over() -> bool:
        units = engine.units().values()  # this starts the controller
        idle = all(unit["juju-status"]["current"] == "idle" for unit in units)
        return idle and expected <= {name for _, name in seen}

    while True:
        wait_until(lambda: halves(engine) - seen or is_over(), what=f"{expected} after {seen}")  # noqa: B023
        if not (new := halves(engine) - seen):
            return
        seen |= new
        engine.kill_controller()


def assert_nothing_lost(engine: Engine) -> None:
    for unit, endpoint in (("one/0", "server"), ("two/0", "client")):
        home = engine.home(unit)
        assert not (home / "complaints").exists(), (home / "complaints").read_text()
        told = [name.split()[0] for name in engine.hooks(unit)]
        own = [name for name, _ in groupby(told) if not name.startswith(f"{endpoint}-")]
        assert own[:5] == BEGINNING
        assert set(told) >= {f"{endpoint}-relation-{k}" for k in ("created", "joined", "changed")}
        state = engine("exec", "--unit", unit, "--", "state-get --format=json")
        counts = json.loads(state.splitlines()[0])
        assert counts["one"] == counts["two"]
        # What is committed has run; what has run to its end just before a kill may run again.
        done = (home / "done").read_text().split()
        assert len(set(done)) <= int(counts["one"]) <= len(done)


def test_the_controller_killed_in_every_hook_of_a_life(own: Engine, charms: Path):
    seen = set[tuple[str, str]]()
    deploy(own, charms, HANG_ONCE)
    kill_in_every_hook(own, seen, {*BEGINNING, *endpoint_hooks("created", "joined", "changed")})
    assert_nothing_lost(own)
    own("remove-relation", "one", "two")
    kill_in_every_hook(own, seen, endpoint_hooks("departed", "broken"))
    own("remove-application", "one", "two", "--no-prompt")
    kill_in_every_hook(own, seen, {"stop", "remove"})
    wait_until(lambda: not own.status()["machines"], what="removal of the machines")


ENDED = re.compile("ended before it answered|was ended by signal 9 while it started")
DYING = "is still being removed"  # integrate, while the hooks of remove-relation still run
STAGES = (
    # a command; what the second one says if the first was carried out after all
    ("deploy CHARM one", "already exists"),
    ("deploy CHARM two", "already exists"),
    ("integrate one:server two:client", "already exists"),
    ("config one text=a", ""),
    ("config two text=b", ""),
    ("remove-relation one:server two:client", "not found"),
    ("integrate one:server two:client", "already exists"),
    ("config one text=c", ""),
)


def ask_when_gone(engine: Engine, words: list[str]) -> Answer | None:
    answer = engine.ask(*words)
    return None if DYING in answer.err else answer


@pytest.mark.parametrize("seed", range(2))
def test_the_controller_killed_at_random_moments_of_each_command(
    own: Engine, charms: Path, seed: int
):
    dice = random.Random(seed)
    charm = str(write_charm(charms, CAREFUL.format(middle=""), "careful"))
    for line, already in STAGES:
        words = line.replace("CHARM", charm).split()
        command = own.start(*words)
        with suppress(subprocess.TimeoutExpired):
            command.wait(timeout=dice.uniform(0, 0.4))
        own.kill_controller()
        _, err = command.communicate(timeout=60)
        if command.returncode:
            assert (ENDED.search(err) and command.returncode == 6) or DYING in err, (words, err)
            again = wait_until(partial(ask_when_gone, own, words), what=f"{words} again")
            assert again.code == 0 or (already and already in again.err), (words, again)
    own.wait_for_idle(count=2)
    wait_until(lambda: "server-relation-changed" in str(own.hooks("one/0")))
    own.wait_for_idle(count=2)
    assert_nothing_lost(own)


@pytest.mark.parametrize("victim", ["the controller", "the command"])
def test_a_bootstrap_that_is_killed_can_be_done_again(bare: Engine, victim: str):
    command = bare.start("bootstrap", "local", "en")
    wait_until(lambda: bare.controller_pid() or command.poll() is not None)
    if victim == "the controller":
        bare.kill_controller()
    else:
        command.kill()
    _, err = command.communicate(timeout=60)
    assert "Traceback" not in err
    assert victim == "the command" or "was ended by signal 9" in err
    again = bare.ask("bootstrap", "local", "en")
    assert again.code == 0 or 'controller "en" already exists' in again.err, again
    bare("switch", "en")
    bare("add-model", "m")
    assert bare.status()["model"]["name"] == "m"


def test_the_controller_killed_while_it_fetches_the_packages_of_a_charm(
    bare: Engine, charms: Path
):
    cache = bare.root / "cache"
    bare.extra["KAFKASTACK_CACHE"] = str(cache)
    bare.bootstrap()
    bare("deploy", str(write_ops_charm(charms, CHARM)))
    seen = set[Path]()
    for _ in range(3):

        def arriving() -> set[Path]:
            return {path.parent for path in cache.glob("environments/.*-*/*")} - seen  # noqa: B023

        seen |= wait_until(arriving, what="packages that arrive")
        bare.kill_controller()
        assert "opsy/0" in bare.units()
    bare.wait_for_idle(count=1, workload="active", seconds=120)
    assert (bare.home("opsy/0") / "events").read_text() == "config-changed 0\n"


def test_a_hook_that_a_killed_controller_left_is_ended_before_it_runs_again(
    own: Engine, charms: Path
):
    own("deploy", str(write_charm(charms)))
    own.wait_for_idle(count=1)
    own.do(
        "plain/0",
        'echo $$ >> "$HOME/pids"; if [ "$(wc -l < "$HOME/pids")" = 1 ]; then\n'
        'sleep 1000 & echo $! >> "$HOME/children"; wait; fi',
    )
    own("config", "plain", "text=x")
    home = own.home("plain/0")
    wait_until(lambda: (home / "children").exists())
    own.kill_controller()
    first = int((home / "pids").read_text().split()[0])
    assert is_alive(first), "a controller's death does not end a hook by itself"
    own.wait_for_idle(count=1)
    assert not is_alive(first)
    assert not is_alive(int((home / "children").read_text()))
    assert len((home / "pids").read_text().split()) == 2


def test_an_action_that_was_interrupted_has_failed_and_is_not_run_again(own: Engine, charms: Path):
    own("deploy", str(write_charm(charms)))
    own.wait_for_idle(count=1)
    own.do("plain/0", 'echo x >> "$HOME/ran"; exec sleep 1000')
    command = own.start("run", "plain/0", "say", "word=x")
    home = own.home("plain/0")
    wait_until(lambda: (home / "ran").exists())
    own.kill_controller()
    _, err = command.communicate(timeout=30)
    assert "ended before it answered" in err and command.returncode == 6
    own.wait_for_idle(count=1)
    assert (home / "ran").read_text() == "x\n"


def test_destroying_goes_on_after_a_kill(own: Engine, charms: Path):
    deploy(own, charms)
    own.wait_for_idle(count=2)
    command = own.start("destroy-model", "m", "--no-prompt")
    wait_until(lambda: "dying" in own.ask("show-model", "m").out)
    own.kill_controller()
    command.communicate(timeout=30)
    wait_until(lambda: "en:admin/m not found" in own.ask("show-model", "m").err)
    folder = own.controller_folder()
    wait_until(lambda: not list((folder / "machines").iterdir()))


@pytest.mark.parametrize("moment", ["idle", "in a hook"])
def test_a_warm_interpreter_that_is_killed_costs_nothing_but_a_retry(
    own: Engine, charms: Path, moment: str
):
    own("deploy", str(write_ops_charm(charms, CHARM)))
    own.wait_for_idle(count=1, workload="active", seconds=120)
    home = own.home("opsy/0")
    if moment == "in a hook":
        (home / "wait").touch()
        own("config", "opsy", "text=1")
        wait_until(lambda: (home / "pid").exists())
    zygote = zygote_of(own)
    os.kill(zygote, signal.SIGKILL)
    wait_until(lambda: not is_alive(zygote))
    if moment == "in a hook":
        forked = int((home / "pid").read_text())
        (home / "wait").unlink()
        wait_until(lambda: not is_alive(forked), what="the end of the fork")
    own("config", "opsy", "text=2")
    wait_until(lambda: "config-changed 2" in (home / "events").read_text())
    own.wait_for_idle(count=1, workload="active")


def zygote_of(engine: Engine) -> int:
    """Return the process id of the only warm interpreter; its forks have the same words."""
    found = {pid for pid, words in engine.processes() if words[1].endswith("zygote.py")}
    (zygote,) = [pid for pid in found if _parent(pid) not in found]
    return zygote


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


CHARM = """\
import os, pathlib, time
import ops

HOME = pathlib.Path(os.environ["HOME"])


class Opsy(ops.CharmBase):
    def __init__(self, framework):
        super().__init__(framework)
        framework.observe(self.on.config_changed, self._changed)

    def _changed(self, event):
        (HOME / "pid").write_text(str(os.getpid()))
        while (HOME / "wait").exists():
            time.sleep(0.02)
        with (HOME / "events").open("a") as stream:
            stream.write(f"config-changed {self.config['text']}\\n")
        self.unit.status = ops.ActiveStatus()


ops.main(Opsy)
"""
