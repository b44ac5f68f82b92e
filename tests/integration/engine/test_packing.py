"""pack makes what charmcraft would have made, and it is deployed again."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from uv import find_uv_bin

from kafkastack.artifacts.our_charms import channels_of, names
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

RUN = """\
import pathlib, sys, yaml
from ops import testing
from charm import KafkaCharm
root = pathlib.Path(sys.argv[1])
meta, config, actions = (
    yaml.safe_load((root / f"{name}.yaml").read_text())
    for name in ("metadata", "config", "actions")
)
context = testing.Context(KafkaCharm, meta=meta, config=config, actions=actions, charm_root=root)
networks = {
    testing.Network(name, bind_addresses=[testing.BindAddress([testing.Address("127.0.0.1")])])
    for name in ("cluster", "kafka-client")
}
state = testing.State(
    leader=True,
    storages=[testing.Storage("data")],
    relations=[testing.PeerRelation("cluster")],
    resources=[testing.Resource(name="kafka", path=sys.argv[2])],
    networks=networks,
)
after = context.run(context.on.config_changed(), state)
print(f"{sys.version_info[0]}.{sys.version_info[1]}", after.unit_status.message)
assert not [name for name in sys.modules if name.partition(".")[0] == "kafkastack"]
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


def folders(charm: str) -> list[str]:
    """Return a channel for each folder of a charm."""
    channels = channels_of(charm).channels.values()
    return list({channel.folder: channel.name for channel in channels}.values())


@pytest.mark.slow
@pytest.mark.parametrize(("charm", "channel"), [(c, k) for c in names() for k in folders(c)])
def test_charmcrafts_own_analysers_find_nothing_wrong(
    shared: Engine, charm: str, channel: str, tmp_path: Path
):
    packed = shared("pack", charm, "--channel", channel, "-o", str(tmp_path)).strip()
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


def find_python(version: str) -> str | None:
    """Return a Python of this host that runs, among those of pyenv too."""
    own = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    known = [shutil.which(f"python{version}"), *map(str, own)]
    for found in filter(None, known):
        if subprocess.run((found, "-c", ""), capture_output=True).returncode == 0:
            return found
    return None


@pytest.mark.slow
def test_a_packed_kafka_runs_on_a_python_of_3_10_without_engine_and_repository(
    shared: Engine, tmp_path: Path
):
    """Where there is no Python 3.10, on this one."""
    older = find_python("3.10")
    base, python = ("ubuntu@22.04", older) if older else ("debian@12", sys.executable)
    file = shared("pack", "kafka", "--base", base, "-o", str(tmp_path)).strip()
    charm = tmp_path / "charm"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(charm)
    assert (charm / "lib" / "kafkastack_charms" / "rolling.py").is_file()
    uv = find_uv_bin()
    subprocess.run([uv, "venv", "-q", "--python", python, tmp_path / "env"], check=True)
    own = tmp_path / "env" / "bin" / "python"
    subprocess.run([uv, "pip", "install", "-q", "--python", own, "ops-scenario"], check=True)
    (tmp_path / "bin").mkdir()
    java = tmp_path / "bin" / "java"
    java.write_text("#!/bin/sh\n")
    java.chmod(0o755)
    (tmp_path / "kafka.jar").write_bytes(b"PK")
    places = (charm / "src", charm / "lib", charm / "venv")
    done = subprocess.run(
        [own, "-c", RUN, charm, tmp_path / "kafka.jar"],
        env={
            "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
            "PYTHONPATH": ":".join(map(str, places)),
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    version, _, message = done.stdout.strip().partition(" ")
    assert message == "missing required zookeeper relation"
    assert (version == "3.10") == bool(older)
