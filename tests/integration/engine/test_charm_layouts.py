"""Each layout of a charm's source, deployed: it gets what charmcraft would have installed."""

import hashlib
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from uv import find_uv_bin

from tests.fakes.engine import Engine, engine
from tests.fakes.packages import index_in, source_files, write_files, write_wheel
from tests.fakes.shell_charm import write_charm

PACKAGES = ("ops", "cosl", "pydantic", "jinja2", "cryptography", "requests", "pytest")
TELL = "from importlib.metadata import distributions as d; print(*sorted(x.name for x in d()))"
LIBRARY = 'LIBID = "x"\nLIBAPI = 0\nLIBPATCH = 1\nPYDEPS = ["cosl>=0.1", "pydantic"]\n'

CHARM_PLUGIN = """\
parts:
  charm:
    plugin: charm
    source: .
    build-packages: [rustc, cargo]
    charm-requirements: [requirements.txt, more.txt]
    charm-binary-python-packages: [cryptography]
    charm-python-packages: ["jinja2>=1"]
"""
POETRY_PLUGIN = """\
parts:
  poetry-deps:
    plugin: nil
    build-packages: [curl]
    override-build: |
      PIP_BREAK_SYSTEM_PACKAGES=true python3 -m pip install --user --upgrade pip==25.2
      "$HOME/.local/bin/uv" tool install --python '>=3.9' poetry==2.1.4
  charm-poetry:
    plugin: poetry
    source: .
    after: [poetry-deps]
    override-build: |
      poetry export --only main,charm-libs --output requirements.txt
      craftctl default
  files:
    plugin: dump
    source: .
    prime: [charm_version]
"""
CHARM_PLUGIN_OF_A_LOCK = """\
parts:
  charm:
    charm-strict-dependencies: true
    charm-requirements: [requirements.txt]
    override-build: |
      poetry export --only main,charm-libs --output requirements.txt
      craftctl default
"""
UV_PLUGIN = """\
parts:
  charm:
    plugin: uv
    source: .
    build-snaps: [astral-uv]
    uv-extras: [tracing]
    uv-groups: [charm-libs]
"""
POETRY_PROJECT = """\
[tool.poetry]
package-mode = false
requires-poetry = ">=2.0.0"
[tool.poetry.dependencies]
python = ">=3.8,<4.0"
ops = "*"
[tool.poetry.group.charm-libs.dependencies]
cosl = "*"
pydantic = "*"
[tool.poetry.group.unit.dependencies]
pytest = "*"
"""
UV_PROJECT = """\
[project]
name = "charm"
version = "1"
requires-python = ">=3.8"
dependencies = ["ops"]
[project.optional-dependencies]
tracing = ["jinja2"]
server = ["requests"]
[dependency-groups]
charm-libs = ["cosl", "pydantic"]
dev = ["pytest"]
"""


class Index:
    """A folder of packages, the only index that the engine's uv knows."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.settings = index_in(folder)
        wheels = {name: write_wheel(self.folder, name) for name in PACKAGES}
        self.files = {
            name: (path.name, hashlib.sha256(path.read_bytes()).hexdigest())
            for name, path in wheels.items()
        }

    def pinned(self, name: str, digest: str = "") -> str:
        """Return a line of a requirements.txt as pip-compile writes it."""
        return f"{name}==1.0 \\\n    --hash=sha256:{digest or self.files[name][1]}\n"

    def locked_by_poetry(self) -> str:
        """Return a poetry.lock of everything that the index has."""
        return "".join(
            f'[[package]]\nname = "{name}"\nversion = "1.0"\noptional = false\n'
            f'files = [{{file = "{file}", hash = "sha256:{digest}"}}]\n\n'
            for name, (file, digest) in self.files.items()
        )

    def locked_by_uv(self, folder: Path) -> str:
        """Return what uv itself locks for a project."""
        project = write_files(folder, {"pyproject.toml": UV_PROJECT})
        environment = {**self.settings, "HOME": str(folder), "PATH": "/usr/bin:/bin"}
        command = (find_uv_bin(), "lock", "--quiet")
        subprocess.run(command, cwd=project, env=environment, check=True)
        return (project / "uv.lock").read_text()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return Index(tmp_path_factory.mktemp("packages"))


@pytest.fixture(scope="module")
def company(index: Index) -> Iterator[Engine]:
    """An engine that knows that index, and nothing that was installed before."""
    with engine(index.settings) as made:
        made.extra["KAFKASTACK_CACHE"] = str(made.root / "cache")
        made.bootstrap()
        yield made


def packages(company: Engine, folder: Path, name: str, files: Mapping[str, str]) -> list[str]:
    """Deploy a charm of these files; return the packages that its Python then has."""
    charm = write_files(write_charm(folder, "status-set active", name), files)
    company("deploy", str(charm))
    company("wait-for", "application", name, "--timeout", "60s")
    told = company("exec", "--unit", f"{name}/0", "--", f"venv/bin/python -c '{TELL}'")
    return told.split()


def refusal(company: Engine, folder: Path, name: str, files: Mapping[str, str]) -> str:
    """Deploy a charm of these files; return why its unit's agent has failed."""
    charm = write_files(write_charm(folder, "status-set active", name), files)
    company("deploy", str(charm))
    query = 'agent-status=="failed"'
    company("wait-for", "unit", f"{name}/0", "--query", query, "--timeout", "60s")
    unit = company.units()[f"{name}/0"]
    company("remove-application", "--force", "--no-prompt", name)
    return unit["juju-status"]["message"]


def test_the_charm_plugin_has_its_lists_and_what_libraries_ask_for(
    company: Engine, tmp_path: Path
):
    files = {
        "charmcraft.yaml": "type: charm\n" + CHARM_PLUGIN,
        "requirements.txt": "ops==1.0\n",
        "more.txt": "requests\n",
        "unused.txt": "pytest\n",
        "lib/charms/other/v0/lib.py": LIBRARY,
    }
    expected = ["cosl", "cryptography", "jinja2", "ops", "pydantic", "requests"]
    assert packages(company, tmp_path, "lists", files) == expected


@pytest.mark.parametrize("craft", [POETRY_PLUGIN, CHARM_PLUGIN_OF_A_LOCK], ids=["poetry", "charm"])
def test_the_groups_that_an_override_build_exports_are_those_of_the_unit(
    company: Engine, index: Index, tmp_path: Path, craft: str, request: pytest.FixtureRequest
):
    files = {
        "charmcraft.yaml": "type: charm\n" + craft,
        "pyproject.toml": POETRY_PROJECT,
        "poetry.lock": index.locked_by_poetry(),
        "charm_version": "1\n",
    }
    name = f"exported-by-{request.node.callspec.id}"
    assert packages(company, tmp_path, name, files) == ["cosl", "ops", "pydantic"]


def test_the_uv_plugin_has_its_extras_and_groups(company: Engine, index: Index, tmp_path: Path):
    files = {
        "charmcraft.yaml": "type: charm\n" + UV_PLUGIN,
        "pyproject.toml": UV_PROJECT,
        "uv.lock": index.locked_by_uv(tmp_path / "project"),
    }
    expected = ["cosl", "jinja2", "ops", "pydantic"]
    assert packages(company, tmp_path, "uv-locked", files) == expected


def test_a_list_with_hashes_and_an_included_one_is_installed(
    company: Engine, index: Index, tmp_path: Path
):
    files = {
        "requirements.txt": f"--require-hashes\n{index.pinned('ops')}-r lists/more.txt\n",
        "lists/more.txt": index.pinned("cosl") + "-r deeper.txt\n",
        "lists/deeper.txt": index.pinned("pydantic"),
    }
    expected = ["cosl", "ops", "pydantic"]
    assert packages(company, tmp_path, "hashed", files) == expected


def test_a_file_of_another_hash_than_the_list_has_is_refused(
    company: Engine, index: Index, tmp_path: Path
):
    files = {"requirements.txt": index.pinned("ops", "0" * 64)}
    told = refusal(company, tmp_path, "spoiled", files)
    assert "Hash mismatch for `ops==1.0`" in told and "network" not in told


def test_a_package_inside_a_monorepos_charm_is_built_and_one_beside_it_is_named(
    company: Engine, tmp_path: Path
):
    write_files(tmp_path / "lib/common", source_files("common"))
    files = {"inner/common/" + name: text for name, text in source_files("common").items()}
    project = '[project]\nname = "c"\nversion = "1"\ndependencies = ["common", "ops"]\n'
    sources = '[tool.uv.sources]\ncommon = {{path = "{}"}}\n'
    inside = {**files, "pyproject.toml": project + sources.format("inner/common")}
    assert packages(company, tmp_path, "inside", inside) == ["common", "ops"]
    beside = {
        "pyproject.toml": project + sources.format("../lib/common"),
        "charmcraft.yaml": "type: charm\nparts: {charm: {plugin: uv, source: .}}\n",
    }
    charm = write_files(write_charm(tmp_path, "", "beside"), beside)
    told = company.fails("deploy", str(charm))
    assert "../lib/common" in told and "not in the charm's folder" in told
    assert "copy it into the folder" in told


def test_the_python_that_a_charm_requires_is_compared_before_anything_is_built(
    company: Engine, tmp_path: Path
):
    broken = source_files("common", body="raise SystemExit('it was built')")
    files = {
        **{f"common/{name}": text for name, text in broken.items()},
        "pyproject.toml": '[project]\nname = "c"\nversion = "1"\nrequires-python = ">=3.99"\n',
        "requirements.txt": "./common\n",
    }
    told = refusal(company, tmp_path, "young", files)
    assert "pyproject.toml needs Python >=3.99" in told
    assert "it was built" not in told
