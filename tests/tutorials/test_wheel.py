"""Installed into an empty environment: charms and tutorials are inside, and it starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from uv import find_uv_bin

from kafkastack.artifacts.our_charms import channels_of, names
from tests.tutorials.home import ROOT

pytestmark = pytest.mark.slow


def uv(*words, **more):
    subprocess.run([find_uv_bin(), *words], check=True, cwd=ROOT, timeout=600, **more)


@pytest.fixture(scope="module", params=["uv tool install .", "the locked packages"])
def installed(request, tmp_path_factory):
    """Install it as the README says, or the wheel with its locked packages and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    if request.param == "uv tool install .":
        places = {"UV_TOOL_DIR": str(folder / "tools"), "UV_TOOL_BIN_DIR": str(folder / "bin")}
        uv("tool", "install", "--quiet", ".", env=os.environ | places)
        return folder / "bin/kafkastack"
    build = ("build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable)
    uv(*build, "--out-dir", str(folder))
    uv("venv", "--quiet", "--python", sys.executable, str(folder / "venv"))
    into = {"env": {**os.environ, "VIRTUAL_ENV": str(folder / "venv")}}
    uv("pip", "install", "--quiet", "--require-hashes", "-r", "requirements/run.txt", **into)
    wheel = next(folder.glob("*.whl"))
    uv("pip", "install", "--quiet", "--no-deps", str(wheel), **into)
    return folder / "venv/bin/kafkastack"


def call(program, *words):
    home = str(program.parents[2])
    return subprocess.run(
        [str(program), *words],
        cwd="/",
        env={"HOME": home, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_tutorials_are_inside(installed):
    listed = call(installed, "tutorial", "list").stdout.splitlines()

    assert [line.split()[0] for line in listed] == [
        "kafka-4-on-microstack",
        "kafka-on-microstack",
        "microstack",
    ]


@pytest.mark.parametrize(
    ("charm", "channel"), [(name, c) for name in names() for c in channels_of(name).channels]
)
def test_the_charms_are_inside(installed, charm, channel):
    done = call(installed, "info", charm, "--channel", channel)

    assert done.returncode == 0, done.stderr
    assert charm in done.stdout


def test_its_types_are_told_to_type_checkers(installed):
    python = installed.resolve().with_name("python")
    ask = "from importlib.resources import files; print(files('kafkastack') / 'py.typed')"

    found = subprocess.check_output([python, "-I", "-c", ask], cwd="/", text=True).strip()

    assert ROOT not in Path(found).parents
    assert Path(found).is_file()


def test_preflight_runs(installed):
    done = call(installed, "preflight")

    assert "will be fetched to" in done.stdout
