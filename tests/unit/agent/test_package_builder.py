"""The source of a package is built on the machine of its charm, and has no network there."""

import asyncio
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from kafkastack.agent import environments
from kafkastack.agent.environments import another_python
from kafkastack.agent.installer import install_charm
from kafkastack.agent.package_builder import PackageBuilder
from kafkastack.agent.pythons import FACTS
from kafkastack.agent.site import Site, place_of
from kafkastack.artifacts.source_builds import BuildFailedError
from kafkastack.artifacts.wanted import PythonRange
from kafkastack.clouds.processes import HostProcess, start_process
from kafkastack.clouds.protocol import Command, Machine, MachinePaths
from kafkastack.errors import KafkastackError
from kafkastack.model.records import Charm
from kafkastack.store.charm_shelf import CharmShelf
from tests.fakes.packages import (
    source_files,
    stand_in_for_the_index,
    write_files,
    write_source,
    write_wheel,
)
from tests.fakes.shell_charm import write_charm


class Host:
    """This host as a machine, which notes what is started on it."""

    tools: tuple[str, ...] = ()
    python = sys.executable

    def __init__(self, folder: Path, path: str = "/usr/bin:/bin") -> None:
        folders = (str(folder / name) for name in ("agents", "storage", "home", "sockets"))
        self.paths = MachinePaths(*folders)
        self.path = path
        self.environment = {"LANG": "C.UTF-8"}
        self.started: list[tuple[str, ...]] = []

    async def start(self, command: Command) -> HostProcess:
        self.started.append(tuple(command.argv))
        return start_process(command)

    async def push(self, source: Path, target: str) -> None:
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
        else:
            shutil.copyfile(source, target)

    async def place(self, source: Path, target: str) -> str:
        return str(source)

    async def remove(self, target: str) -> None:
        shutil.rmtree(target, ignore_errors=True)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return stand_in_for_the_index(tmp_path, monkeypatch)


def builder_on(machine: Host) -> PackageBuilder:
    return PackageBuilder(place_of(cast(Machine, machine), "plain/0"), sys.executable)


def build(folder: Path, source: Path) -> Path:
    async def no_requires(_: Any) -> Path:
        (folder / "requires").mkdir(exist_ok=True)
        return folder / "requires"

    (folder / "made").mkdir(exist_ok=True)
    return asyncio.run(builder_on(Host(folder)).build(source, no_requires, folder / "made"))


def install_on(machine: Host, folder: Path, charm: Path) -> Path:
    """Install a charm; return its site-packages."""
    shelf = CharmShelf(folder / "charms")
    digest = asyncio.run(shelf.take(charm))
    site = Site(*[None] * 2, shelf, folder, folder / "cache", None)  # type: ignore[arg-type]
    place = place_of(cast(Machine, machine), "plain/0")
    asyncio.run(install_charm(site, place, Charm(digest, "plain", "local", "", 0, "")))
    return next(Path(place.charm).glob("venv/lib/python3.*/site-packages"))


def test_a_package_without_a_wheel_is_built_on_the_machine(tmp_path: Path, index: Path):
    write_wheel(index, "tool", files={"tool.py": "NAME = 'of the tool'"})
    write_source(index, "late", body="import tool", build_requires=["tool"])
    charm = write_charm(tmp_path, files={"requirements.txt": "late\n"})
    machine = Host(tmp_path / "machine")
    packages = install_on(machine, tmp_path, charm)
    assert (packages / "late/__init__.py").read_text() == f"built_by = {os.geteuid()}"
    assert not (packages / "tool.py").exists()
    verbs = [words[3] for words in machine.started if "build_wheel.py" in str(words[2:3])]
    assert verbs == ["unpack", "requires", "wheel"]
    assert not list(Path(machine.paths.agents).glob("unit-plain-0/build"))


def test_a_build_reaches_no_server(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        body = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)"
        source = write_source(tmp_path, "late", body=body)
        with pytest.raises(BuildFailedError, match=r"unreachable|refused|denied"):
            build(tmp_path, source)


NAME = "'late-1.0-py3-none-any.whl'"
MADE = f"folder + '/' + {NAME}"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise SystemExit('no compiler here')", "no compiler here"),
        ("import os; os._exit(7)", "exit code 7"),
        ("import os; os.kill(os.getpid(), 9)", "exit code -9"),
        ("return '../../elsewhere-1.0-py3-none-any.whl'", "made no wheel"),
        ("return 5", "made no wheel"),
        (f"open({MADE}, 'w').truncate(1 << 36); return {NAME}", "is larger than 256 MiB"),
        (f"os.mkfifo({MADE}); return {NAME}", "not a regular file"),
        (f"return {NAME}", "No such file"),
    ],
)
def test_a_failed_build_is_told_as_one_with_its_last_words(tmp_path: Path, body: str, reason: str):
    source = write_source(tmp_path, "late", body=body)
    with pytest.raises(BuildFailedError, match=reason) as told:
        build(tmp_path, source)
    assert "late-1.0.tar.gz has no wheel" in told.value.message
    assert "charmcraft pack" in told.value.advice and "network" not in str(told.value)


def test_the_flood_of_words_of_a_build_is_cut(tmp_path: Path):
    body = "import sys; sys.stderr.write('x' * 10_000_000 + 'the end'); raise SystemExit(1)"
    with pytest.raises(BuildFailedError, match="the end") as told:
        build(tmp_path, write_source(tmp_path, "late", body=body))
    assert len(told.value.message) < 3000


def test_a_package_of_the_charms_own_folder_is_built_there(tmp_path: Path, index: Path):
    charm = write_charm(tmp_path, files={"requirements.txt": "./lib/common\n"})
    write_files(charm / "lib/common", source_files("common"))
    packages = install_on(Host(tmp_path / "machine"), tmp_path, charm)
    assert (packages / "common/__init__.py").exists()


def test_an_archive_that_leads_out_makes_nothing_there(tmp_path: Path):
    import io
    import tarfile

    source = tmp_path / "evil-1.0.tar.gz"
    with tarfile.open(source, "w:gz") as archive:
        entry = tarfile.TarInfo("evil-1.0/../../../../owned")
        entry.size = 1
        archive.addfile(entry, io.BytesIO(b"x"))
    with pytest.raises(BuildFailedError, match=r"outside|leads out"):
        build(tmp_path, source)
    assert not list(tmp_path.rglob("owned"))


def python_that_says(folder: Path, name: str, version: str) -> None:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho {version} x86_64\n")
    program.chmod(0o755)


def test_another_python_of_the_machine_is_found(tmp_path: Path):
    python_that_says(tmp_path / "bin", "python3.12", "3.12.4")
    python_that_says(tmp_path / "bin", "python3.13", "3.13.1")
    machine = cast(Machine, Host(tmp_path, f"{tmp_path / 'bin'}:/usr/bin:/bin"))
    found = asyncio.run(another_python(machine, [PythonRange("it", ">=3.13")], tmp_path))
    assert (found.path, found.target.version) == (str(tmp_path / "bin/python3.13"), "3.13.1")
    assert FACTS


class OtherHost(Host):
    """A machine that does not see this host's files."""

    async def place(self, source: Path, target: str) -> str:
        shutil.copytree(source, target, symlinks=True)
        return target


def test_a_python_that_uv_brings_comes_to_a_machine_that_does_not_see_this_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async def bring(version: str, folder: Path) -> str:
        made = folder / "cpython-3.18.1-linux" / "bin"
        made.parent.mkdir(parents=True)
        python_that_says(made, "python3.18", "3.18.1")
        (folder / "cpython-3.18-linux").symlink_to("cpython-3.18.1-linux")
        return str(folder / "cpython-3.18-linux" / "bin" / "python3.18")

    monkeypatch.setattr(environments, "bring_python", bring)
    machine = OtherHost(tmp_path / "machine")
    found = asyncio.run(
        another_python(
            cast(Machine, machine), [PythonRange("it", ">=3.18,<3.19")], tmp_path / "cache"
        )
    )
    assert found.path == f"{machine.paths.agents}/cpython-3.18.1-linux/bin/python3.18"
    assert found.target.version == "3.18.1"


def test_where_there_is_none_and_none_can_be_had_it_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []

    async def bring(version: str, _: Path) -> str:
        asked.append(version)
        return ""

    monkeypatch.setattr(environments, "bring_python", bring)
    machine = cast(Machine, Host(tmp_path))
    with pytest.raises(
        KafkastackError, match=r"no Python on the machine.*it needs Python >=3\.18"
    ):
        asyncio.run(another_python(machine, [PythonRange("it", ">=3.18")], tmp_path))
    assert asked == ["3.18", "3.19"]
