"""Packages of a charm whose machine is reached over SSH: what has no wheel is built there."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clouds.conftest import said
from tests.clouds.engines import engine_on
from tests.fakes.engine import Engine
from tests.fakes.packages import index_in, source_files, write_files, write_wheel
from tests.fakes.shell_charm import write_charm

pytestmark = pytest.mark.root
WHERE = "/var/tmp/kafkastack-was-built-here"
NOTE = f"open('{WHERE}', 'w').write(os.uname().nodename)"
TELL = "import common, wheel_of_the_index; print(common.built_by, common.__file__)"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A model whose machines are reached over SSH, with an index of one package."""
    index, settings = index_in(tmp_path_factory.mktemp("packages"))
    write_wheel(index, "wheel-of-the-index")
    with engine_on("ssh", settings) as made:
        made.extra["KAFKASTACK_CACHE"] = str(made.root / "cache")
        made.bootstrap()
        yield made


def write(folder: Path, name: str, body: str) -> Path:
    """Write a charm that needs a package of the index, and one of its own folder."""
    charm = write_charm(folder, "status-set active", name)
    write_files(charm / "lib/common", source_files("common", body=body))
    return write_files(charm, {"requirements.txt": "wheel-of-the-index\n./lib/common\n"})


def test_a_package_without_a_wheel_is_built_on_its_machine(there: Engine, tmp_path: Path):
    there("deploy", str(write(tmp_path, "built", NOTE)))
    there("wait-for", "application", "built", "--timeout", "120s", timeout=150)

    user, file = said(there, f"venv/bin/python -c '{TELL}'", "built/0")
    assert (user, file.startswith("/var/lib/juju/agents/")) == ("0", True)
    told, is_there = said(there, f"cat {WHERE}; echo; hostname", "built/0")
    assert told == is_there
    assert not Path(WHERE).exists()


def test_a_build_that_fails_there_is_told_in_status(there: Engine, tmp_path: Path):
    body = "raise SystemExit('no compiler here')"
    there("deploy", str(write(tmp_path, "broken", body)), "--to", "0")
    query = 'agent-status=="failed"'
    there("wait-for", "unit", "broken/0", "--query", query, "--timeout", "90s", timeout=120)

    said = json.loads(there("status", "--format", "json"))["applications"]["broken"]
    reason = said["units"]["broken/0"]["juju-status"]["message"]
    assert "no compiler here" in reason
    assert "network" not in reason
