"""Differences for a charm on a machine that is not this host, and what stays the same."""

from pathlib import Path

import pytest

from tests.clouds.conftest import said
from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm

pytestmark = [
    pytest.mark.root,
    pytest.mark.parametrize("plain", ["container"], indirect=True, scope="module"),
]


def test_a_charm_is_root_and_its_systemctl_is_the_real_one(plain: Engine):
    root, program, state = said(plain, "id -u; command -v systemctl; systemctl is-system-running")
    assert (root, program) == ("0", "/usr/bin/systemctl")
    assert state in ("running", "degraded")


def test_the_files_of_the_controller_are_not_to_be_seen(plain: Engine):
    assert said(plain, f"test -e {plain.root} || echo nothing") == ["nothing"]


def test_files_of_hooks_are_as_open_as_the_machines_own(plain: Engine):
    assert said(plain, "umask; stat -c %a .") == ["0022", "755"]


def test_a_machine_without_perl_asks_in_python(plain: Engine, tmp_path: Path):
    said(plain, "mv /usr/bin/perl /usr/bin/perl.away")
    plain("deploy", str(write_charm(tmp_path, name="later")), "--to", "0")
    plain.wait_for_idle(count=2)

    script = 'readlink "$(command -v config-get)"; config-get number'
    assert said(plain, script, "later/0") == ["hook_tool.py", "1"]
