import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kafkastack import clouds
from kafkastack.clouds import (
    CLOUDS,
    cloud_names,
    find_cloud,
    find_type,
    open_cloud,
    region_of,
    resolve_cloud,
)
from kafkastack.clouds.local.cloud import LocalCloud
from kafkastack.errors import NotFoundError, PreflightError
from tests.clouds.announced import announce


@pytest.fixture(autouse=True)
def clouds_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "clouds.yaml"
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))
    return path


def test_localhost_says_for_which_cloud_it_stands():
    name, sentence = resolve_cloud("localhost")

    assert name == "local"
    assert "local" in sentence


def test_an_unknown_cloud_is_answered_with_the_known_ones():
    with pytest.raises(
        NotFoundError, match='unknown cloud "aws": there are local, localhost, openstack'
    ):
        resolve_cloud("aws")


def test_a_cloud_has_the_name_under_which_it_is_known(tmp_path: Path):
    for name in CLOUDS.keys() - {"openstack"}:
        assert open_cloud(name, tmp_path, tmp_path).name == name


def test_an_openstack_is_called_like_its_entry_of_clouds_yaml(tmp_path: Path, clouds_yaml: Path):
    clouds_yaml.write_text("clouds: {elsewhere: {region_name: north}}")

    found = [open_cloud(name, tmp_path, tmp_path) for name in ("elsewhere", "openstack")]

    assert "elsewhere" in cloud_names()
    assert find_type("elsewhere") == "openstack"
    assert region_of("elsewhere") == "north"
    assert {(cloud.name, cloud.region) for cloud in found} == {("elsewhere", "north")}


def test_an_openstack_that_is_in_no_clouds_yaml_is_told_with_what_to_type(tmp_path: Path):
    with pytest.raises(NotFoundError, match=r"there is no clouds\.yaml") as refused:
        open_cloud("openstack", tmp_path, tmp_path)

    assert "kafkastack microstack bootstrap" in refused.value.advice


@pytest.fixture
def announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    monkeypatch.syspath_prepend(tmp_path)
    return lambda name, target: announce(tmp_path, name, target)


def test_another_package_announces_its_cloud(announced: Callable[[str, str], None]):
    announced("elsewhere", "kafkastack.clouds.local.cloud:LocalCloud")

    assert resolve_cloud("elsewhere") == ("elsewhere", "")
    assert find_cloud("elsewhere") is LocalCloud
    with pytest.raises(NotFoundError, match="there are elsewhere, local, localhost"):
        resolve_cloud("aws")


def test_a_cloud_is_listed_with_its_region_as_far_as_it_is_known(
    announced: Callable[[str, str], None],
):
    announced("elsewhere", "kafkastack.clouds.local.cloud:LocalCloud")
    announced("broken", "no_such_package:Cloud")

    regions = {name: region_of(name) for name in cloud_names()}

    assert regions == {
        "broken": "default",
        "elsewhere": "localhost",
        "local": "localhost",
        "localhost": "localhost",
        "openstack": "default",
    }


@pytest.mark.parametrize("target", ["no_such_package:Cloud", "kafkastack.clouds.local.cloud:No"])
def test_a_cloud_that_cannot_be_loaded_is_told_by_name(
    announced: Callable[[str, str], None], target: str
):
    announced("broken", target)

    with pytest.raises(PreflightError, match=f'cloud "broken" cannot be loaded from {target}'):
        find_cloud("broken")


def test_nobody_looks_for_other_packages_who_asks_for_our_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "importlib.metadata", None)  # importing it would raise

    assert find_cloud("local") is LocalCloud


def test_public_names_are_sorted_and_exist():
    assert list(clouds.__all__) == sorted(clouds.__all__)
    assert all(hasattr(clouds, name) for name in clouds.__all__)


VERBS = ("bootstrap", "add-model", "deploy", "integrate", "run", "wait-for", "status")


@pytest.mark.parametrize("verb", VERBS)
def test_a_command_imports_nothing_of_the_clouds_that_it_names(verb: str):
    """What a command imports is most of the time it takes."""
    program = f"""
import importlib, sys
before = set(sys.modules)  # a measurement of coverage has begun, perhaps
from kafkastack.cli.verbs import BY_NAME
from kafkastack.clouds import region_of, resolve_cloud
importlib.import_module("kafkastack." + BY_NAME["{verb}"].module)
resolve_cloud("local"), region_of("local")
print([name for name in ("asyncio", "inspect", "yaml") if name in set(sys.modules) - before])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("[]\n", "")
