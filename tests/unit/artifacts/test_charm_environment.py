"""A charm's packages are wheels of the index; what another built of a source is its own."""

import asyncio
import shutil
import stat
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from kafkastack.artifacts.charm_environment import Charm, Interpreter, known_environment
from kafkastack.artifacts.environment_builds import (
    build_environment,
    install_for,
    provide_environment,
    wanted_of,
)
from kafkastack.artifacts.package_client import NoWheelError, OtherPythonError, PackageClient
from kafkastack.artifacts.python_target import Target
from kafkastack.artifacts.source_builds import Build, BuildFailedError, Requires
from kafkastack.errors import DownloadError, KafkastackError
from tests.fakes.packages import (
    source_files,
    stand_in_for_the_index,
    write_files,
    write_source,
    write_wheel,
)

TARGET = Target("3.11.7")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return stand_in_for_the_index(tmp_path, monkeypatch)


def environment_of(
    charm: Path, cache: Path, build: Build | None = None, digest: str = "d1"
) -> Path | None:
    """Build the environment of a charm, as an agent does."""

    return asyncio.run(
        provide_environment(Charm(charm, digest), Interpreter(TARGET), cache, build)
    )


def known(charm: Path, digest: str, cache: Path) -> Path | None:
    return asyncio.run(known_environment(Charm(charm, digest), TARGET, cache))


class Builder:
    """Makes the wheel of whatever it is given, without running anything."""

    def __init__(self, *wheels: Path) -> None:
        self.wheels = list(wheels)
        self.sources: list[Path] = []
        self.required: list[list[str]] = []

    async def __call__(self, source: Path, requires: Requires, target: Path) -> Path:
        self.sources.append(source)
        folder = await requires(["tool"])
        self.required.append(sorted(path.name for path in folder.iterdir()))
        wheel = self.wheels.pop(0)
        return wheel.rename(target / wheel.name)


def charm_with(folder: Path, requirements: str, **files: str) -> Path:
    return write_files(folder / "charm", {"requirements.txt": requirements, **files})


def modules(folder: Path | None) -> list[str]:
    assert folder
    return sorted(
        path.name
        for path in folder.iterdir()
        if path.suffix != ".dist-info" and path.name != ".lock"
    )


def test_wheels_are_installed_once_for_all_charms_that_want_the_same(tmp_path: Path, index: Path):
    write_wheel(index, "a", requires=["b"])
    write_wheel(index, "b")
    charm = charm_with(tmp_path, "a\n")
    folder = environment_of(charm, tmp_path / "cache")
    assert modules(folder) == ["a", "b"]
    assert environment_of(charm, tmp_path / "cache", digest="d2") == folder
    assert known(charm, "d2", tmp_path / "cache") == folder
    assert known(charm, "d3", tmp_path / "cache") is None


def test_others_may_read_packages_that_uv_keeps_from_them(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))  # filled by one with umask 077
    write_wheel(index, "a")
    charm = charm_with(tmp_path, "a\n")
    environment_of(charm, tmp_path / "first")
    for path in (tmp_path / "uv").rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)

    folder = environment_of(charm, tmp_path / "second")

    assert folder
    assert not [path for path in folder.rglob("*") if not path.stat().st_mode & stat.S_IROTH]


def test_what_a_killed_controller_left_half_built_is_removed(tmp_path: Path, index: Path):
    write_wheel(index, "a")
    charm = charm_with(tmp_path, "a\n")
    folder = environment_of(charm, tmp_path / "cache")
    assert folder
    own = next(p.stem for p in folder.parent.glob("*.lock") if p.stem != folder.name)
    half = folder.parent / f".{own}-left"
    (half / "site-packages/ops").mkdir(parents=True)
    shutil.rmtree(folder)
    environment_of(charm, tmp_path / "cache")
    assert folder.is_dir() and not half.exists()


def test_units_that_deploy_at_once_build_it_once_and_do_not_block_the_controller(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
):
    builds: list[str] = []

    async def install(self: PackageClient, *_: object) -> None:
        builds.append("build")
        await asyncio.sleep(0.05)  # as a download: the other units ask meanwhile

    monkeypatch.setattr(PackageClient, "install", install)
    charm = charm_with(tmp_path, "ops\n")
    found: list[Path | None] = []

    async def deploy() -> None:
        wanted = await wanted_of(charm, TARGET)
        words = (Charm(charm, "d"), wanted, Interpreter(TARGET), tmp_path / "cache", None)
        found.extend(await asyncio.gather(*(build_environment(*words) for _ in range(5))))

    thread = threading.Thread(target=lambda: asyncio.run(deploy()), daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive(), "it waits for itself"
    assert builds == ["build"]
    assert len(set(found)) == 1 and found[0] and found[0].is_dir()


def test_no_code_of_a_source_runs_here(tmp_path: Path, index: Path):
    marker = tmp_path / "it ran"
    write_source(index, "evil", body=f"open({str(marker)!r}, 'w')")
    charm = charm_with(tmp_path, "evil\n")
    with pytest.raises(NoWheelError, match="no wheel of evil"):
        environment_of(charm, tmp_path / "cache")
    assert not marker.exists()


def test_an_interpreter_that_a_charm_brings_is_not_asked(tmp_path: Path, index: Path):
    write_wheel(index, "a")
    marker = tmp_path / "it ran"
    charm = charm_with(tmp_path, "a\n", **{".venv/pyvenv.cfg": "home = /usr/bin\n"})
    python = write_files(charm, {".venv/bin/python": f"#!/bin/sh\ntouch '{marker}'\n"})
    (python / ".venv/bin/python").chmod(0o755)
    environment_of(charm, tmp_path / "cache")
    assert not marker.exists()


def test_a_built_package_is_of_one_charm_alone(tmp_path: Path, index: Path):
    write_source(index, "late", requires=["b"])
    write_wheel(index, "needy", requires=["late"])
    write_wheel(index, "b")
    write_wheel(index, "tool")
    charm = charm_with(tmp_path, "needy\n")
    folders = [
        environment_of(
            charm,
            tmp_path / "cache",
            Builder(write_wheel(tmp_path, "late", requires=["b"])),
            digest,
        )
        for digest in ("d1", "d2")
    ]
    assert modules(folders[0]) == ["b", "late", "needy"]
    assert folders[0] != folders[1]


def test_a_build_gets_the_locked_source_and_its_requirements(tmp_path: Path, index: Path):
    write_source(index, "late")
    write_wheel(index, "tool")
    wrong = charm_with(tmp_path / "wrong", f"late==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(DownloadError, match=r"late 1\.0 is not the one that the charm locked"):
        environment_of(wrong, tmp_path / "cache", Builder())
    builder = Builder(write_wheel(tmp_path, "late"))
    environment_of(charm_with(tmp_path, "late==1.0\n"), tmp_path / "cache", builder)
    assert builder.sources[0].name == "late-1.0.tar.gz"
    assert "tool" in builder.required[0]


@pytest.mark.parametrize(
    ("wheel", "requires", "reason"),
    [
        (("other", "1.0"), (), "made other 1 instead"),
        (("late", "2.0"), (), "made late 2 instead"),
        (("late", "1.0"), ("x @ file:///etc/passwd",), "which is no release"),
    ],
)
def test_a_build_that_makes_something_else_is_refused(
    tmp_path: Path, index: Path, wheel: tuple[str, str], requires: Sequence[str], reason: str
):
    write_source(index, "late")
    write_wheel(index, "tool")
    made = Builder(write_wheel(tmp_path, *wheel, requires=requires))
    with pytest.raises(KafkastackError, match=reason):
        environment_of(charm_with(tmp_path, "late==1.0\n"), tmp_path / "cache", made)


def test_a_failed_build_is_not_begun_again_at_once(tmp_path: Path, index: Path):
    write_source(index, "late")
    asked: list[Path] = []

    async def fail(source: Path, requires: Requires, target: Path) -> Path:
        asked.append(source)
        raise BuildFailedError("late cannot be built: no compiler", "install one")

    charm = charm_with(tmp_path, "late\n")
    for _ in range(2):
        with pytest.raises(BuildFailedError, match="no compiler"):
            environment_of(charm, tmp_path / "cache", fail)
    assert len(asked) == 1


def test_a_package_in_the_charms_own_folder_is_built(tmp_path: Path, index: Path):
    write_wheel(index, "tool")
    charm = charm_with(tmp_path, "./lib/common\n")
    write_files(charm / "lib/common", source_files("common"))
    builder = Builder(write_wheel(tmp_path, "common"))
    assert modules(environment_of(charm, tmp_path / "cache", builder)) == ["common"]
    assert builder.sources == [charm / "lib/common"]


def test_a_wheel_in_the_charms_own_folder_is_installed(tmp_path: Path, index: Path):
    charm = charm_with(tmp_path, "./wheels/common-1.0-py3-none-any.whl\n")
    (charm / "wheels").mkdir()
    write_wheel(charm / "wheels", "common")
    assert modules(environment_of(charm, tmp_path / "cache")) == ["common"]


def test_a_package_for_another_python_is_told_as_that(tmp_path: Path, index: Path):
    write_wheel(index, "young", python=">=3.14")
    with pytest.raises(OtherPythonError, match=r"young\S* needs Python >=3\.14.* has 3\.11\.7"):
        environment_of(charm_with(tmp_path, "young\n"), tmp_path / "cache")


def test_the_charms_own_python_is_compared_before_anything_is_fetched(tmp_path: Path, index: Path):
    project = '[project]\nname = "c"\nversion = "1"\nrequires-python = ">=3.12"\n'
    charm = charm_with(tmp_path, "absent\n", **{"pyproject.toml": project})
    with pytest.raises(OtherPythonError, match=r"pyproject\.toml needs Python >=3\.12"):
        environment_of(charm, tmp_path / "cache")


def test_packing_takes_wheels_and_builds_nothing(tmp_path: Path, index: Path):
    write_wheel(index, "a")
    write_source(index, "late")
    asyncio.run(install_for(charm_with(tmp_path, "a\n"), Target("3.10"), tmp_path / "venv", None))
    assert modules(tmp_path / "venv") == ["a"]
    with pytest.raises(NoWheelError, match="no wheel of late"):
        asyncio.run(
            install_for(charm_with(tmp_path, "late\n"), Target("3.10"), tmp_path / "venv2", None)
        )


def test_a_wheel_larger_than_any_is_refused_before_it_is_copied(tmp_path: Path, index: Path):
    charm = charm_with(tmp_path, "./common-1.0-py3-none-any.whl\n")
    with (charm / "common-1.0-py3-none-any.whl").open("wb") as wheel:
        wheel.truncate(1 << 40)

    with pytest.raises(KafkastackError, match="it is larger than 256 MiB"):
        environment_of(charm, tmp_path / "cache")
