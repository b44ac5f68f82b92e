"""The packages of a charm are those that its lock pins, whichever tool has locked them."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from uv import find_uv_bin

from tests.fakes.engine import Engine
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
