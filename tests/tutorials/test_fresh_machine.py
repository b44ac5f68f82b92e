"""./run.sh where there is only Python: an ordinary user, a fresh checkout, no Java."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.fakes.addresses import reserve_user
from tests.tutorials import shown
from tests.tutorials.home import ROOT, SECONDS

pytestmark = pytest.mark.slow
SOMEBODY = reserve_user()
NOT_OURS = shutil.ignore_patterns(
    ".git", ".venv", ".*_cache", ".hypothesis", "__pycache__", "dist"
)
PROGRAMS = ("/usr/local/bin", "/usr/bin", "/bin")


@pytest.fixture(scope="module")
def machine():
    """Make a checkout of an ordinary user, with a PATH that has everything but a Java."""
    folder = Path(tempfile.mkdtemp(prefix="ks-", dir="/tmp"))
    shutil.copytree(ROOT, folder / "checkout", ignore=NOT_OURS)
    (folder / "home").mkdir()
    link_programs(folder / "bin")
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, SOMEBODY, SOMEBODY, follow_symlinks=False)
    yield folder
    call(folder, "./run.sh", "--purge")
    shutil.rmtree(folder, ignore_errors=True)


def link_programs(folder):
    folder.mkdir()
    for path in (path for place in PROGRAMS for path in Path(place).iterdir()):
        if not path.name.startswith("java") and not (folder / path.name).is_symlink():
            (folder / path.name).symlink_to(path)


def call(machine, *words):
    as_somebody = ("setpriv", f"--reuid={SOMEBODY}", f"--regid={SOMEBODY}", "--clear-groups")
    pip = {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "UV_", "SSL_"))}
    return subprocess.run(
        [*(as_somebody if os.geteuid() == 0 else ()), *words],
        cwd=machine / "checkout",
        env={**pip, "PATH": str(machine / "bin"), "HOME": str(machine / "home")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=2 * SECONDS,
        check=False,
    )


def test_run_sh_needs_nothing_but_python(machine):
    done = call(machine, "./run.sh")

    assert done.returncode == 0, done.stdout
    assert "none of version 17 or newer: it will be fetched" in done.stdout
    assert "✔ The messages of step 4 have been read again, through TLS" in done.stdout
    assert f"The command is   {machine}/checkout/.venv/bin/kafkastack" in done.stdout
    transcript = (ROOT / "docs/transcript.md").read_text()
    assert shown.steps(done.stdout) == shown.steps(transcript), "stale: make transcript"
    assert shown.columns(done.stdout) == shown.columns(transcript), "stale: make transcript"


def test_the_command_works_afterwards(machine):
    done = call(machine, ".venv/bin/kafkastack", "status")

    assert "demo   overlord" in done.stdout


def test_teardown_leaves_only_the_downloads_and_purge_not_even_them(machine):
    before = call(machine, "./run.sh", "--teardown")
    assert before.returncode == 0, before.stdout
    left = {path for path in (machine / "home").rglob("*") if path.is_file()}
    assert {path.relative_to(machine / "home").parts[:2] for path in left} <= KEPT
    assert not (machine / "checkout/.venv").exists()
    assert list((machine / "checkout").rglob("__pycache__")) == []

    after = call(machine, "./run.sh", "--purge")

    assert after.returncode == 0, after.stdout
    assert not (machine / "home/.cache/kafkastack").exists()


KEPT = {(".cache", "kafkastack"), (".cache", "pip"), (".cache", "uv")}
