"""A charm's source gets the packages that charmcraft would have installed, layout by layout."""

import asyncio
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from uv import find_uv_bin

from kafkastack.artifacts.charm_parts import read_parts
from kafkastack.artifacts.environment_builds import wanted_of
from kafkastack.artifacts.python_target import Target
from kafkastack.artifacts.wanted import Wanted
from kafkastack.errors import KafkastackError
from tests.fakes.packages import stand_in_for_the_index, write_files, write_wheel

TARGET = Target("3.11.7")


def wanted(folder: Path, files: Mapping[str, str]) -> Wanted:
    return asyncio.run(wanted_of(write_files(folder / "charm", files), TARGET))


def lines(folder: Path, files: Mapping[str, str]) -> list[str]:
    return sorted(wanted(folder, files).text.splitlines())


def lock(*names: str) -> str:
    return "".join(f'[[package]]\nname = "{n}"\nversion = "1"\nfiles = []\n' for n in names)


DEPENDS_ON_COMMON = '[project]\nname = "c"\ndependencies = ["common"]\n'
POETRY = {
    "poetry.lock": lock("ops", "cosl", "pytest"),
    "pyproject.toml": (
        '[tool.poetry.dependencies]\nops = "*"\n'
        '[tool.poetry.group.charm-libs.dependencies]\ncosl = "*"\n'
        '[tool.poetry.group.unit.dependencies]\npytest = "*"\n'
    ),
}
LIBRARY = 'LIBID = "x"\nLIBAPI = 0\nLIBPATCH = 1\nPYDEPS = ["cosl>=0.1", "pydantic"]\n'


def parts(text: str) -> str:
    return f"parts:\n  charm:\n    {text}\n"


def test_the_charm_plugin_has_its_lists_and_what_libraries_ask_for(tmp_path: Path):
    found = lines(
        tmp_path,
        {
            "charmcraft.yaml": parts(
                "plugin: charm\n    charm-requirements: [requirements.txt, more.txt]\n"
                "    charm-binary-python-packages: [cryptography]\n"
                "    charm-python-packages: ['jinja2>=3']"
            ),
            "requirements.txt": "ops==3.9.0\n",
            "more.txt": "requests\n",
            "unused.txt": "unused\n",
            "lib/charms/other/v0/lib.py": LIBRARY,
            "lib/charms/other/v1/none.py": "LIBAPI = 1\n",
            "lib/other.py": 'PYDEPS = ["not-a-charm-library"]\n',
        },
    )
    assert found == [
        *("cosl>=0.1", "cryptography", "jinja2>=3", "ops==3.9.0", "pydantic", "requests"),
    ]


def test_strict_dependencies_are_those_of_the_files_alone(tmp_path: Path):
    found = lines(
        tmp_path,
        {
            "charmcraft.yaml": parts(
                "plugin: charm\n    charm-strict-dependencies: true\n"
                "    charm-binary-python-packages: [cryptography]"
            ),
            "requirements.txt": "ops==3.9.0\n",
            "lib/charms/other/v0/lib.py": LIBRARY,
        },
    )
    assert found == ["ops==3.9.0"]


def test_a_part_named_charm_has_that_plugin(tmp_path: Path):
    files = {
        "charmcraft.yaml": parts("build-packages: [rustc]"),
        "requirements.txt": "ops\n",
        "lib/charms/other/v0/lib.py": LIBRARY,
    }
    assert lines(tmp_path, files) == ["cosl>=0.1", "ops", "pydantic"]


def test_a_list_that_is_made_of_a_lock_is_read_from_the_lock(tmp_path: Path):
    craft = parts(
        "charm-strict-dependencies: true\n    charm-requirements: [requirements.txt]\n"
        "    override-build: |\n"
        "      rustup default stable\n"
        "      curl -sSL https://install.example | python3 -\n"
        "      /root/.local/bin/poetry self add poetry-plugin-export\n"
        "      /root/.local/bin/poetry export --only main,charm-libs --output requirements.txt\n"
        "      craftctl default"
    )
    assert lines(tmp_path, {**POETRY, "charmcraft.yaml": craft}) == ["cosl==1", "ops==1"]
    assert not wanted(tmp_path, {**POETRY, "charmcraft.yaml": craft}).warnings


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("", ["ops==1"]),
        ("poetry-with: [charm-libs]", ["cosl==1", "ops==1"]),
        ("poetry-export-extra-args: ['--only', 'main,charm-libs']", ["cosl==1", "ops==1"]),
        ("poetry-export-extra-args: ['--only=charm-libs']", ["cosl==1"]),
        (
            "poetry-export-extra-args: [--with, 'charm-libs,unit', --without, unit]",
            ["cosl==1", "ops==1"],
        ),
        (
            "poetry-export-extra-args: [--without-hashes, --all-groups]",
            ["cosl==1", "ops==1", "pytest==1"],
        ),
        (
            "override-build: 'poetry export --with main,charm-libs -o r.txt && craftctl default'",
            ["cosl==1", "ops==1"],
        ),
    ],
)
def test_the_poetry_plugin_has_the_groups_that_are_exported(
    tmp_path: Path, keys: str, expected: list[str]
):
    craft = parts(f"plugin: poetry\n    source: .\n    {keys}")
    assert lines(tmp_path, {**POETRY, "charmcraft.yaml": craft}) == expected


UV_PROJECT = """\
[project]
name = "charm"
version = "1"
requires-python = ">=3.10"
dependencies = ["a"]
[project.optional-dependencies]
x = ["b"]
[dependency-groups]
libs = ["c"]
dev = ["d"]
"""


@pytest.fixture(scope="module")
def uv_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return a project locked by uv itself, of packages that a folder holds."""
    folder = tmp_path_factory.mktemp("uv")
    with pytest.MonkeyPatch.context() as patch:
        index = stand_in_for_the_index(folder, patch)
        for name in "abcd":
            write_wheel(index, name)
        project = write_files(folder / "project", {"pyproject.toml": UV_PROJECT})
        subprocess.run((find_uv_bin(), "lock", "--quiet"), cwd=project, check=True)
        return {name: (project / name).read_text() for name in ("pyproject.toml", "uv.lock")}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("", ["a==1.0"]),
        ("uv-extras: [x]", ["a==1.0", "b==1.0"]),
        ("uv-groups: [libs]", ["a==1.0", "c==1.0"]),
        ("uv-extras: [x]\n    uv-groups: [libs]", ["a==1.0", "b==1.0", "c==1.0"]),
    ],
)
def test_the_uv_plugin_has_its_extras_and_groups(
    tmp_path: Path, uv_files: dict[str, str], keys: str, expected: list[str]
):
    craft = parts(f"plugin: uv\n    source: .\n    build-snaps: [astral-uv]\n    {keys}")
    assert lines(tmp_path, {**uv_files, "charmcraft.yaml": craft}) == expected


def test_an_extra_that_a_uv_lock_lacks_is_named(tmp_path: Path, uv_files: dict[str, str]):
    craft = parts("plugin: uv\n    uv-extras: [nope]")
    with pytest.raises(KafkastackError, match="Extra `nope` is not defined"):
        wanted(tmp_path, {**uv_files, "charmcraft.yaml": craft})


def test_the_python_plugin_has_its_lists_and_constraints(tmp_path: Path):
    craft = parts(
        "plugin: python\n    source: .\n    python-requirements: [r.txt]\n"
        "    python-constraints: [c.txt]\n    python-packages: [jinja2]"
    )
    found = wanted(
        tmp_path, {"charmcraft.yaml": craft, "r.txt": "ops\n", "c.txt": "ops<4\nother==1\n"}
    )
    assert found.text.splitlines() == ["ops", "jinja2"]
    assert found.constraints == ("ops<4", "other==1")


def test_a_project_without_a_lock_has_what_it_depends_on(tmp_path: Path):
    files = {
        "charmcraft.yaml": parts("plugin: uv\n    uv-groups: [libs]"),
        "pyproject.toml": UV_PROJECT,
    }
    assert lines(tmp_path, files) == ["a", "c"]
    poetry = {"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.8"\nops = "^3.1"\n'}
    assert lines(tmp_path / "poetry", poetry) == ["ops<4,>=3.1"]
    dynamic = {"pyproject.toml": '[project]\nname = "c"\ndynamic = ["dependencies"]\n'}
    with pytest.raises(KafkastackError, match="leaves its dependencies to a build"):
        wanted(tmp_path / "dynamic", dynamic)


@pytest.mark.parametrize("number", ["²", "9" * 5000], ids=["no digit", "long"])
def test_a_number_that_is_none_is_told_with_its_place(tmp_path: Path, number: str):
    constraint = f'[tool.poetry.dependencies]\nops = "^{number}"\n'
    with pytest.raises(KafkastackError, match=r'pyproject\.toml: the version "\^'):
        wanted(tmp_path, {"pyproject.toml": constraint})
    marked = f'ops ; python_version >= "{number}"\n'
    if number != "²":  # which is compared as a word
        with pytest.raises(KafkastackError, match=r'the marker "python_version'):
            wanted(tmp_path / "marked", {"requirements.txt": marked})


def test_a_lock_decides_where_charmcraft_says_nothing(tmp_path: Path):
    files = {**POETRY, "requirements.txt": "unlocked\n"}
    assert lines(tmp_path, files) == ["ops==1"]
    assert lines(tmp_path, {**files, "charmcraft.yaml": parts("plugin: charm")}) == ["unlocked"]


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "ops\n../lib/common\n"},
        {"requirements.txt": "-e ../lib/common\n"},
        {
            "pyproject.toml": DEPENDS_ON_COMMON
            + '[tool.uv.sources]\ncommon = {path = "../lib/common"}\n'
        },
        {"pyproject.toml": '[tool.poetry.dependencies]\ncommon = {path = "../lib/common"}\n'},
    ],
    ids=["a path", "editable", "uv", "poetry"],
)
def test_a_package_beside_the_charms_folder_is_refused_by_name(
    tmp_path: Path, files: dict[str, str]
):
    write_files(tmp_path / "lib/common", {"pyproject.toml": "[project]\n"})
    with pytest.raises(
        KafkastackError, match=r"\.\./lib/common.* not in the charm's folder"
    ) as told:
        wanted(tmp_path, files)
    assert "copy it into the folder" in told.value.advice


def test_a_locked_package_beside_the_folder_is_refused_too(tmp_path: Path):
    source = '[package.source]\ntype = "directory"\nurl = "../lib/common"\n'
    files = {
        "poetry.lock": lock("common") + source,
        "pyproject.toml": '[tool.poetry.dependencies]\ncommon = {path = "../lib/common"}\n',
    }
    with pytest.raises(KafkastackError, match=r"\.\./lib/common.* not in the charm's folder"):
        wanted(tmp_path, files)


def test_a_member_of_a_workspace_is_refused_by_name(tmp_path: Path):
    project = DEPENDS_ON_COMMON + "[tool.uv.sources]\ncommon = {workspace = true}\n"
    with pytest.raises(KafkastackError, match="a package comes from workspace"):
        wanted(tmp_path, {"pyproject.toml": project})


@pytest.mark.parametrize("plugin", ["rust", "npm", "go", "reactive", "make", "no-such-plugin"])
def test_a_part_that_needs_a_tool_of_charmcraft_is_refused_with_what_to_do(plugin: str):
    with pytest.raises(
        KafkastackError, match=f'part "tool" is built by the plugin "{plugin}"'
    ) as told:
        read_parts(f"parts: {{charm: {{plugin: uv, source: .}}, tool: {{plugin: {plugin}}}}}")
    assert "charmcraft pack" in told.value.advice


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (
            "plugin: nil\n    override-build: 'npm run build'",
            "runs `npm run build` in its override-build, which is not done here",
        ),
        (
            "plugin: dump\n    override-build: |\n      cd web && make\n      craftctl default",
            "runs `make` in its override-build, which is not done here",
        ),
        ("plugin: dump\n    source: /usr/lib/", "adds files of /usr/lib/, left out here"),
        (
            "plugin: dump\n    source: https://example.com/x.tgz",
            "adds files of https://example.com/x.tgz, left out here",
        ),
        ("plugin: nil\n    stage-packages: [libpq5]", "adds libpq5, left out here"),
    ],
)
def test_what_a_part_adds_elsewhere_is_told(part: str, told: str):
    (warning,) = read_parts(parts(part)).warnings
    assert warning.startswith(f'charmcraft.yaml: part "charm" {told}')


def test_what_only_brings_build_tools_is_not_worth_a_word():
    craft = parts(
        "plugin: poetry\n    source: .\n    override-build: |\n"
        '      if [[ "$CRAFT_PLATFORM" == ubuntu@22.04:* ]]\n      then\n'
        "        snap install rustup --classic\n      else\n        apt-get install rustup -y\n"
        "      fi\n      # a comment\n      rustup set profile minimal\n"
        "      PIP_BREAK_SYSTEM_PACKAGES=true python3 -m pip install --user pip==25.2\n"
        "      craftctl default\n"
        '      cp requirements.txt "$CRAFT_PART_INSTALL/requirements.txt"\n'
    )
    assert read_parts(craft).warnings == ()


def test_a_source_outside_the_folder_is_refused(tmp_path: Path):
    with pytest.raises(KafkastackError, match=r"has its source in \.\."):
        read_parts(parts("plugin: charm\n    source: .."))
