"""The packages of a charm are those that its lock pins, whichever tool has locked them."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from uv import find_uv_bin

from tests.fakes.engine import Engine
from tests.fakes.packages import source_files, write_files
from tests.fakes.shell_charm import write_charm

PROJECT = """\
[project]
name = "locked"
version = "1"
requires-python = ">=3.10"
dependencies = ["iniconfig{}"]
"""
POETRY_LOCK = """\
[[package]]
name = "iniconfig"
version = "2.0.0"
files = []

[[package]]
name = "pytest"
version = "9.0.0"
files = []
"""
TELL = (
    "from importlib.metadata import distributions as d; print([x.name + x.version for x in d()])"
)


def lock_by_uv(charm: Path) -> None:
    """Lock an older version, then ask for any: the lock decides."""
    (charm / "pyproject.toml").write_text(PROJECT.format("==2.0.0"))
    subprocess.run((find_uv_bin(), "lock", "--quiet"), cwd=charm, check=True)
    lock = (charm / "uv.lock").read_text()
    (charm / "uv.lock").write_text(lock.replace('specifier = "==2.0.0"', 'specifier = ">=1"'))
    (charm / "pyproject.toml").write_text(PROJECT.format(">=1"))


def lock_by_poetry(charm: Path) -> None:
    (charm / "pyproject.toml").write_text(PROJECT.format(">=1"))
    (charm / "poetry.lock").write_text(POETRY_LOCK)


def require(charm: Path) -> None:
    (charm / "requirements.txt").write_text("iniconfig==2.0.0\n")


def only_depend(charm: Path) -> None:
    (charm / "pyproject.toml").write_text(PROJECT.format("==2.0.0"))


@pytest.mark.parametrize("lock", [lock_by_uv, lock_by_poetry, require, only_depend])
def test_what_is_locked_is_installed(
    shared: Engine, tmp_path: Path, lock: Callable[[Path], None], request: pytest.FixtureRequest
):
    charm = write_charm(tmp_path, "status-set active")
    lock(charm)
    name = request.node.callspec.id.replace("_", "-")
    shared("deploy", str(charm), name)
    shared("wait-for", "application", name, "--timeout", "60s")
    told = shared("exec", "--unit", f"{name}/0", "--", f"venv/bin/python -c '{TELL}'")
    assert told.strip() == "['iniconfig2.0.0']"


def test_a_package_without_a_wheel_is_built_by_the_machine_and_told_when_it_fails(
    shared: Engine, tmp_path: Path
):
    charm = write_charm(tmp_path, "status-set active", "built")
    write_files(charm / "lib/common", source_files("common"))
    (charm / "requirements.txt").write_text("./lib/common\n")
    (charm / "unlike").write_text(uuid4().hex)  # what was built for another run is not taken
    shared("deploy", str(charm))
    shared("wait-for", "application", "built", "--timeout", "90s")
    told = shared("exec", "--unit", "built/0", "--", f"venv/bin/python -c '{TELL}'")
    assert told.strip() == "['common1.0']"
    who = "import common, os; print(common.built_by == os.geteuid() != 0 or common.built_by)"
    user = shared("exec", "--unit", "built/0", "--", f"venv/bin/python -c '{who}'")
    assert user.strip() == "True", "it was built by another user than the one that runs hooks"
    broken = write_charm(tmp_path, "status-set active", "broken")
    files = source_files("common", body="raise SystemExit('no compiler here')")
    write_files(broken / "lib/common", files)
    (broken / "requirements.txt").write_text("./lib/common\n")
    shared("deploy", str(broken))
    shared("wait-for", "unit", "broken/0", "--query", 'agent-status=="failed"', "--timeout", "90s")
    reason = shared.status()["applications"]["broken"]["units"]["broken/0"]["juju-status"]
    assert "no compiler here" in reason["message"] and "network" not in reason["message"]
    shared("remove-application", "--force", "--no-prompt", "broken")


def test_what_a_source_cannot_bring_is_told_at_deploy(shared: Engine, tmp_path: Path):
    charm = write_charm(tmp_path, "status-set active", "parts")
    craft = charm / "charmcraft.yaml"
    craft.write_text("type: charm\nparts: {tool: {plugin: rust, source: .}}\n")
    told = shared.fails("deploy", str(charm))
    assert 'part "tool" is built by the plugin "rust"' in told and "charmcraft pack" in told
    craft.write_text("type: charm\nparts: {charm: {plugin: charm}}\n")
    (charm / "requirements.txt").write_text("git+https://example.com/lib.git\n")
    told = shared.fails("deploy", str(charm))
    assert "requirements.txt, line 1" in told and "git+https://example.com/lib.git" in told
    (charm / "requirements.txt").write_text("../lib\n")
    assert "../lib, which is not in the charm's folder" in shared.fails("deploy", str(charm))
    assert "parts" not in shared.status()["applications"]
