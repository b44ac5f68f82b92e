"""pack makes what charmcraft would have made, and it is deployed again."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from uv import find_uv_bin

from kafkastack.cli import catalogue
from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm

CHARMCRAFT = "charmcraft==4.5.0"
ANALYSE = """\
import json, pathlib, sys
from charmcraft import linters
found = {}
for checker in linters.CHECKERS:
    found[checker.name] = str(checker().get_result(pathlib.Path(sys.argv[1])).result)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def packed(shared: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our smallest charm of ops, packed for a Python that is not this one's."""
    base = "ubuntu@22.04" if sys.version_info[:2] != (3, 10) else "ubuntu@24.04"
    folder = tmp_path_factory.mktemp("packed")
    return Path(shared("pack", "data-integrator", "--base", base, "-o", str(folder)).strip())


def test_a_packed_charm_has_all_that_juju_reads(packed: Path):
    assert packed.name.startswith("data-integrator_ubuntu@") and packed.suffix == ".charm"
    with zipfile.ZipFile(packed) as archive:
        names = set(archive.namelist())
        mode = archive.getinfo("dispatch").external_attr >> 16
        manifest = archive.read("manifest.yaml").decode()
    assert {"metadata.yaml", "config.yaml", "actions.yaml", "src/charm.py"} <= names
    assert "venv/ops/__init__.py" in names and mode & 0o111
    assert "channel: '22.04'" in manifest or "channel: '24.04'" in manifest


def test_the_same_charm_is_the_same_file(shared: Engine, packed: Path, tmp_path: Path):
    base = packed.name.partition("_")[2].removesuffix("-amd64.charm")
    again = Path(shared("pack", "data-integrator", "--base", base, "-o", str(tmp_path)).strip())
    assert again.read_bytes() == packed.read_bytes()


def test_a_charm_packed_for_another_python_is_deployed_and_refreshed(shared: Engine, packed: Path):
    shared("deploy", str(packed), "mine")
    shared.wait_for_idle(count=1, workload="blocked")
    shared("refresh", "mine", "--path", str(packed))
    shared("wait-for", "application", "mine", "--query", 'status=="blocked"', "--timeout", "30s")
    assert shared.status()["applications"]["mine"]["charm-name"] == "data-integrator"


def test_a_shell_charm_is_packed_and_deployed(shared: Engine, charms: Path, tmp_path: Path):
    charm = write_charm(charms, "status-set active packed", "tiny")
    file = shared("pack", str(charm), "-o", str(tmp_path)).strip()
    shared("deploy", file)
    shared("wait-for", "application", "tiny", "--timeout", "30s")


def test_what_cannot_be_packed_is_refused(shared: Engine, tmp_path: Path):
    assert "holds no charm" in shared.fails("pack", str(tmp_path))
    assert 'base "debian@7" is not known' in shared.fails(
        "pack", "kafka", "--base", "debian@7", "-o", str(tmp_path), code=2
    )
    broken = tmp_path / "broken.charm"
    broken.write_text("no archive")
    assert "broken.charm cannot be unpacked" in shared.fails("deploy", str(broken))


@pytest.mark.slow
@pytest.mark.parametrize("charm", catalogue.names())
def test_charmcrafts_own_analysers_find_nothing_wrong(shared: Engine, charm: str, tmp_path: Path):
    packed = shared("pack", charm, "-o", str(tmp_path)).strip()
    tree = tmp_path / "tree"
    shutil.unpack_archive(packed, tree, "zip")
    for name in ("dispatch", "src/charm.py"):
        (tree / name).chmod(0o755)  # unpack_archive drops it
    command = (find_uv_bin(), "run", "--no-project", "--quiet", "--with", CHARMCRAFT, "python")
    done = subprocess.run((*command, "-c", ANALYSE, tree), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found.pop("language"), found.pop("framework")) == ("python", "operator")
    del found["pydeps"]  # it knows packages in venv/lib only, and fails on the plugin's own layout
    del found["naming-conventions"]  # the options of Charmed Kafka have underscores
    wrong = {
        name: result for name, result in found.items() if result not in ("ok", "nonapplicable")
    }
    assert wrong == {}
