"""A poetry.lock becomes the requirements that a charm needs to run."""

import pytest

from kafkastack.artifacts.poetry_lock import groups, requirements
from kafkastack.errors import KafkastackError

LOCK = """
[[package]]
name = "ops"
version = "3.9.0"
files = [{file = "ops.whl", hash = "sha256:aa"}, {file = "ops.tar.gz", hash = "sha256:bb"}]
[package.dependencies]
PyYAML = ">=6"
websocket_client = {version = ">=1", markers = "sys_platform == 'linux'"}

[[package]]
name = "pyyaml"
version = "6.0.3"
files = []

[[package]]
name = "websocket-client"
version = "1.9"
files = []
[package.dependencies]
pyyaml = {version = "*", markers = "extra == 'x'"}

[[package]]
name = "cosl"
version = "1.0"
files = []

[[package]]
name = "pytest"
version = "9.0"
files = []
"""
PYPROJECT = """
[tool.poetry.dependencies]
python = "^3.10"
ops = "^3"
[tool.poetry.group.charm-libs.dependencies]
cosl = "*"
[tool.poetry.group.unit.dependencies]
pytest = "*"
"""


def test_what_the_main_dependencies_lead_to_is_pinned_with_hashes():
    assert requirements(LOCK, PYPROJECT).splitlines() == [
        "ops==3.9.0 --hash=sha256:aa --hash=sha256:bb",
        "pyyaml==6.0.3",
        "websocket-client==1.9 ; (sys_platform == 'linux')",
    ]


def test_a_group_that_is_exported_comes_with_it():
    craft = (
        "parts: {charm: {plugin: poetry, poetry-export-extra-args: ['--only', 'main,charm-libs']}}"
    )
    assert groups(craft) == ["charm-libs"] and groups("") == []
    assert "cosl==1.0" in requirements(LOCK, PYPROJECT, groups(craft)).splitlines()


def test_dependencies_of_the_standard_table_count():
    project = '[project]\ndependencies = ["ops[tracing]~=3.0 ; python_version > \\"3.8\\""]\n'
    assert requirements(LOCK, project).startswith("ops==3.9.0")


def test_a_lock_that_cannot_be_read_is_named():
    with pytest.raises(KafkastackError, match=r"poetry\.lock or pyproject\.toml cannot be read"):
        requirements("[[", PYPROJECT)
