"""Detection of files changed behind our back, with size and time kept, when they are read."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kafkastack.artifacts import archive, integrity, java, manifest
from kafkastack.artifacts.assemble import assemble, is_assembled
from kafkastack.artifacts.cache import cache_dir
from kafkastack.artifacts.charm_environment import Charm, Interpreter
from kafkastack.artifacts.distributions import DISTRIBUTIONS, Distribution
from kafkastack.artifacts.environment_builds import provide_environment
from kafkastack.artifacts.python_target import Target
from kafkastack.artifacts.remotes import Remote
from kafkastack.artifacts.resources import ensure_distribution, plan
from kafkastack.cli.catalogue import PORTS
from kafkastack.cli.main import main
from kafkastack.errors import DownloadError, PreflightError

NOWHERE = Remote("http://127.0.0.1:9")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KAFKASTACK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KAFKASTACK_DATA", str(tmp_path / "data"))
    return tmp_path / "cache"


@pytest.fixture
def assembled(distribution, repository, cache, reports, monkeypatch) -> Distribution:
    monkeypatch.setitem(DISTRIBUTIONS, distribution.name, distribution)
    monkeypatch.setattr("kafkastack.artifacts.resources.prepare_java", lambda *_: None)
    assemble(distribution, cache / distribution.folder, repository.remote, reports)
    reports.clear()
    return distribution


def change_secretly(path: Path) -> None:
    """Change a byte of a file; whoever looks by `stat` sees what was there before."""
    found = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)
    path.chmod(found.st_mode)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def alpha(distribution: Distribution) -> Path:
    return cache_dir() / distribution.folder / "lib" / "alpha-1.0.jar"


def test_a_whole_distribution_has_nothing_spoiled(assembled: Distribution):
    assert integrity.forget_spoiled(assembled) == ()
    assert is_assembled(assembled, cache_dir() / assembled.folder)


def test_a_changed_jar_of_the_same_size_and_time_is_named_and_fetched_again(
    assembled: Distribution, repository, reports
):
    content = alpha(assembled).read_bytes()
    change_secretly(alpha(assembled))
    assert is_assembled(assembled, cache_dir() / assembled.folder)  # by `stat` all is well
    assert integrity.forget_spoiled(assembled) == ("alpha-1.0.jar",)
    assert not is_assembled(assembled, cache_dir() / assembled.folder)
    assemble(assembled, cache_dir() / assembled.folder, repository.remote, reports)
    assert any("alpha-1.0.jar is refused" in text for text in reports.texts("warning"))
    assert alpha(assembled).read_bytes() == content


def test_offline_a_changed_jar_is_refused_by_name(assembled: Distribution, reports):
    change_secretly(alpha(assembled))
    integrity.forget_spoiled(assembled)
    with pytest.raises(DownloadError, match=r"refused, for other bytes .*: alpha-1\.0\.jar"):
        assemble(assembled, cache_dir() / assembled.folder, NOWHERE, reports)


def test_fetch_sees_it_too(assembled: Distribution, repository, reports):
    change_secretly(alpha(assembled))
    ensure_distribution(assembled, reports, repository.remote)
    assert any("alpha-1.0.jar is refused" in text for text in reports.texts("warning"))


def test_the_plan_has_what_was_changed(assembled: Distribution, monkeypatch):
    assert [item.name for item in plan(assembled) if item.name != "java"] == []
    change_secretly(alpha(assembled))
    (item,) = (item for item in plan(assembled) if item.name != "java")
    assert (item.size, item.spoiled) == (alpha(assembled).stat().st_size, ("alpha-1.0.jar",))


def test_preflight_says_so(assembled: Distribution, monkeypatch, capsys):
    monkeypatch.setattr("kafkastack.cli.preflight.distribution_of", lambda _: assembled)
    monkeypatch.setitem(PORTS, assembled.track, {})
    change_secretly(alpha(assembled))
    main(["preflight"])
    told = capsys.readouterr().out
    assert "changed   tiny-1: alpha-1.0.jar: will be made again" in told
    assert "all is there" not in told


def test_a_changed_class_archive_is_named_and_made_again(assembled: Distribution):
    folder = cache_dir() / assembled.folder
    for jar in assembled.jars:
        (folder / f"{jar.stem}.jsa").write_bytes(b"classes of the JVM")
    hashes = {
        f"{jar.stem}.jsa": archive._sha256(folder / f"{jar.stem}.jsa") for jar in assembled.jars
    }
    (folder / "archives.json").write_text(json.dumps({"java": "17", "sha256": hashes}))
    assert integrity.forget_spoiled(assembled) == ()
    change_secretly(folder / "tiny.jsa")
    assert integrity.forget_spoiled(assembled) == ("tiny.jsa",)
    assert not (folder / "archives.json").exists()


def test_a_java_of_the_cache_that_was_changed_is_removed(assembled: Distribution):
    program = java.our_java()
    program.parent.mkdir(parents=True)
    program.write_bytes(b"a Java")
    manifest.record(java.our_java_folder())
    assert integrity.forget_spoiled(assembled) == ()
    change_secretly(program)
    assert integrity.forget_spoiled(assembled) == (str(java._OUR_JAVA),)
    assert not program.exists()


def folder_of_packages(cache: Path) -> Path:
    folder = cache / "environments" / "abc"
    (folder / "ops").mkdir(parents=True)
    (folder / "ops" / "__init__.py").write_text("print('ops')\n")
    (folder / "ops" / "run").symlink_to("__init__.py")
    manifest.record(folder)
    manifest._known.clear()
    return folder


def append(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.write_text("evil()")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda folder: change_secretly(folder / "ops/__init__.py"), ("ops/__init__.py",)),
        (lambda folder: append(folder / "sitecustomize.py"), ("sitecustomize.py",)),
        (lambda folder: (folder / "ops/__init__.py").unlink(), ("ops/__init__.py",)),
        (lambda folder: (folder / "ops/__init__.py").chmod(0o755), ("ops/__init__.py",)),
        (
            lambda folder: (folder / "ops/run").unlink() or (folder / "ops/run").symlink_to("/x"),
            ("ops/run",),
        ),
        (lambda folder: (folder / "evil").symlink_to("/tmp"), ("evil",)),
        (lambda folder: append(manifest.manifest_of(folder)), ("abc.manifest",)),
    ],
)
def test_each_change_of_a_recorded_folder_is_named(
    cache: Path, change: Callable[[Path], None], named: tuple[str, ...]
):
    folder = folder_of_packages(cache)
    assert manifest.differences(folder) == ()
    change(folder)
    assert manifest.differences(folder) == named
    assert asyncio.run(manifest.spoiled(folder)) == named


def test_a_folder_of_before_there_were_records_gets_one(cache: Path):
    folder = folder_of_packages(cache)
    manifest.manifest_of(folder).unlink()
    assert manifest.differences(folder) == ()
    change_secretly(folder / "ops/__init__.py")
    assert manifest.differences(folder) == ("ops/__init__.py",)


def charm(folder: Path) -> Path:
    """Return a charm that needs one package, which lies beside it: no network is asked."""
    package = folder / "small"
    (package / "small").mkdir(parents=True)
    (package / "small" / "__init__.py").write_text("SMALL = True\n")
    wheel = folder / "small-1-py3-none-any.whl"
    import zipfile

    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("small/__init__.py", "SMALL = True\n")
        archive.writestr(
            "small-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: small\nVersion: 1\n"
        )
        archive.writestr(
            "small-1.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr("small-1.dist-info/RECORD", "")
    (folder / "requirements.txt").write_text(f"./{wheel.name}\n")
    return folder


def test_packages_of_a_charm_that_were_changed_are_made_again(tmp_path, cache, capsys):
    import platform
    import sys

    python = Interpreter(Target(platform.python_version()), sys.executable)
    source = Charm(charm(tmp_path / "charm"), "digest")
    built = asyncio.run(provide_environment(source, python, cache))
    assert built is not None
    assert (
        built.stat().st_mode & 0o777,
        (built / "small/__init__.py").stat().st_mode & 0o777,
    ) == (
        0o755,
        0o644,
    )
    manifest._known.clear()  # as in another controller
    change_secretly(built / "small/__init__.py")
    assert asyncio.run(provide_environment(source, python, cache)) == built
    assert (built / "small/__init__.py").read_text() == "SMALL = True\n"
    assert f"packages in {built}: not as it was made: small/__init__.py" in capsys.readouterr().err
    manifest._known.clear()
    assert manifest.differences(built) == ()


def test_a_cache_that_others_may_write_is_refused_before_anything_of_it_is_used(
    assembled: Distribution, cache: Path
):
    (cache / assembled.folder).chmod(0o777)
    with pytest.raises(PreflightError, match="everybody may write"):
        integrity.forget_spoiled(assembled)


def test_preflight_names_a_cache_and_a_data_folder_that_others_may_write(cache, tmp_path, capsys):
    for name in ("cache", "data"):
        (tmp_path / name).mkdir(mode=0o755)
        (tmp_path / name).chmod(0o777)
    assert main(["preflight"]) == 3
    told = capsys.readouterr()
    assert f"MISSING  cache     {tmp_path}/cache cannot be trusted" in told.out
    assert f"MISSING  data      {tmp_path}/data cannot be trusted" in told.out
    assert f"chmod go-w {tmp_path}/cache" in told.err


@pytest.mark.parametrize("verb", ["fetch", "status", "controllers"])
def test_no_command_uses_a_folder_that_others_may_write(cache, tmp_path, capsys, verb):
    for name in ("cache", "data"):
        (tmp_path / name).mkdir(mode=0o755)
        (tmp_path / name).chmod(0o777)
    assert main([verb]) == 3
    assert "cannot be trusted: everybody may write" in capsys.readouterr().err
