"""juju-reboot restarts the machine: services come back, its units are told."""

from pathlib import Path

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until

INSTALL = """\
if [ "$JUJU_DISPATCH_PATH" = hooks/install ]; then
    printf '[Service]\\nExecStart=/bin/sh -c "echo >> %s; sleep 1000"\\n[Install]\\n' \
        "$HOME/starts" > "$HOME/sleeper.service"
    printf 'WantedBy=multi-user.target\\n' >> "$HOME/sleeper.service"
    systemctl enable --now "$HOME/sleeper.service"
fi
"""


@pytest.fixture(scope="module")
def model(shared: Engine, charms: Path) -> Engine:
    """Units one/0 and two/0 on one machine, with a service that one/0 has enabled."""
    charm = str(write_charm(charms, INSTALL))
    shared("deploy", charm, "one")
    shared("deploy", str(write_charm(charms, name="quiet")), "two", "--to", "0")
    shared.wait_for_idle(count=2)
    return shared


def starts(engine: Engine) -> int:
    return len((engine.home("one/0") / "starts").read_text().splitlines())


def test_after_the_hook_the_machine_restarts_and_its_units_are_told(model: Engine):
    assert starts(model) == 1
    both = model.hooks("one/0")  # the units of a machine share its HOME
    model.do("one/0", "rm $HOME/do; juju-reboot; echo after >> $HOME/said")
    model("config", "one", "text=x")
    wait_until(lambda: model.hooks("one/0")[len(both) :].count("start") == 2)
    assert (model.home("one/0") / "said").read_text() == "after\n", "the hook went on to its end"
    wait_until(lambda: starts(model) == 2, what="the enabled service's second start")
    model.wait_for_idle(count=2)
    new = model.hooks("one/0")[len(both) :]
    assert new[0] == "config-changed"
    assert sorted(new[1:]) == ["config-changed", "config-changed", "start", "start"]


def test_now_ends_the_hook_which_is_run_again(model: Engine):
    before, ran = starts(model), len(model.hooks("one/0"))
    model.do("one/0", "rm $HOME/do; juju-reboot --now; sleep 100; echo never >> $HOME/said")
    model("config", "one", "text=y")
    wait_until(lambda: starts(model) == before + 1)
    model.wait_for_idle(count=2)
    assert "never" not in (model.home("one/0") / "said").read_text()
    assert model.hooks("one/0")[ran:].count("config-changed") >= 3


def test_a_hook_that_fails_after_it_has_asked_restarts_nothing(model: Engine):
    before = starts(model)
    model.do("one/0", "rm $HOME/do; juju-reboot; exit 1")
    model("config", "one", "text=z")
    wait_until(lambda: "one/0" in str(model.units()) and _workload(model) == "error")
    model("resolved", "one/0")
    model.wait_for_idle(count=2)
    assert starts(model) == before


def _workload(engine: Engine) -> str:
    return engine.units()["one/0"]["workload-status"]["current"]
