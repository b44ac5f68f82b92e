"""A build that is killed leaves nothing that runs, is mounted, or looks whole."""

import os
import sys
from pathlib import Path

import pytest

from tests.fakes.programs import running
from tests.fakes.waiting import wait_until

pytestmark = pytest.mark.root
PACKAGER = """\
#!/bin/sh
for tree; do :; done
mkdir -p "$tree"
mount -t tmpfs tmpfs "$tree"
mkfifo "$tree/never"
touch "$tree/../begun"
cat "$tree/never"
"""
BUILDER = """\
import sys, pathlib
from kafkastack.microstack.images.build import build
build("tiny", cache=pathlib.Path(sys.argv[1]), progress=print)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="images are built by root")
def test_a_killed_build_ends_with_all_that_it_has_started(tmp_path: Path) -> None:
    programs, cache = tmp_path / "bin", tmp_path / "cache"
    programs.mkdir()
    (programs / "mmdebstrap").write_text(PACKAGER)
    (programs / "mmdebstrap").chmod(0o755)
    env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    with running([sys.executable, "-c", BUILDER, cache], env=env) as builder:
        wait_until(lambda: list(cache.glob(".tiny-*/begun")), 20, "the beginning")
        builder.kill()

    wait_until(lambda: not processes_that_name(cache), 20, "the end of the packager")
    assert str(cache) not in Path("/proc/mounts").read_text()
    assert [path for path in cache.iterdir() if path.is_dir() and path.name[0] != "."] == []


def processes_that_name(folder: Path) -> list[str]:
    lines: list[str] = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(process.read_bytes().decode(errors="replace"))
        except OSError:
            continue
    return [line for line in lines if str(folder) in line]
