import io
import os
import signal
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from kafkastack.artifacts.assemble import assemble, is_assembled, manifest_jar, missing_jars
from kafkastack.artifacts.lockfile import LockedJar
from kafkastack.artifacts.remotes import Remote
from kafkastack.artifacts.verified import VERIFIED_NS, has_locked_bytes
from kafkastack.errors import PreflightError
from tests.fakes.waiting import wait_until

NOWHERE = Remote("http://127.0.0.1:9")  # nobody listens there, so nothing may be asked
SOURCE = Path(__file__).parents[3] / "src"

ASSEMBLE = """
import sys
from pathlib import Path
from kafkastack.artifacts.assemble import assemble
from kafkastack.artifacts.distributions import Distribution, RunnableJar
from kafkastack.artifacts.remotes import Remote
from kafkastack.errors import KafkastackError

url, locks, folder = sys.argv[1:]
tiny = Distribution("tiny-1", "1", "1", (), (RunnableJar("tiny.jar", "Main"),), Path(locks))
try:
    assemble(tiny, Path(folder), Remote(url), lambda progress: None)
except KafkastackError as error:
    sys.exit(f"{error.exit_code} {error}")
"""


@pytest.fixture
def folder(distribution, repository, tmp_path, reports):
    """Return an assembled folder, and forget how it came to be."""
    folder = tmp_path / "cache"
    assemble(distribution, folder, repository.remote, reports)
    repository.asked.clear()
    reports.clear()
    return folder


def test_a_runnable_jar_names_its_jars_in_a_fixed_order(folder):
    with zipfile.ZipFile(folder / "tiny.jar") as jar:
        manifest = jar.read("META-INF/MANIFEST.MF").decode().replace("\r\n ", "")
    assert "Main-Class: alpha.Main\r\n" in manifest
    assert "Class-Path: lib/alpha-1.0.jar lib/beta-1.0.jar lib/gamma-1.0.jar\r\n" in manifest


def test_a_runnable_jar_names_only_what_it_needs(folder):
    with zipfile.ZipFile(folder / "b.jar") as jar:
        assert b"Class-Path: lib/beta-1.0.jar\r\n" in jar.read("META-INF/MANIFEST.MF")


def test_lines_of_a_manifest_have_at_most_72_bytes():
    jars = [LockedJar("g", f"a-rather-long-name-{n}", "1", 1, "0" * 64) for n in range(99)]
    with zipfile.ZipFile(io.BytesIO(manifest_jar("a.Main", jars))) as jar:
        lines = jar.read("META-INF/MANIFEST.MF").split(b"\r\n")
    assert max(map(len, lines)) == 72


def test_the_same_jars_give_the_same_bytes(distribution):
    jars = distribution.lib(distribution.jars[0])
    assert manifest_jar("a.Main", jars) == manifest_jar("a.Main", tuple(reversed(jars)))


def test_what_is_complete_is_known_without_reading(distribution, folder):
    assert is_assembled(distribution, folder)
    assert missing_jars(distribution, folder) == ()


def test_assembling_again_asks_nobody(distribution, folder, reports):
    assemble(distribution, folder, NOWHERE, reports)
    assert is_assembled(distribution, folder)


@pytest.mark.parametrize("name", ["lib/beta-1.0.jar", "tiny.jar"])
@pytest.mark.parametrize("content", [b"truncated", None], ids=["truncated", "missing"])
def test_a_changed_file_is_noticed_and_made_again(
    distribution, folder, repository, reports, name, content
):
    before = (folder / name).read_bytes()
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    assert not is_assembled(distribution, folder)

    assemble(distribution, folder, repository.remote, reports)

    assert is_assembled(distribution, folder)
    assert (folder / name).read_bytes() == before


def test_a_tampered_jar_is_refused_by_name_and_fetched_again(
    distribution, folder, repository, reports
):
    jar = folder / "lib" / "beta-1.0.jar"
    content = jar.read_bytes()
    jar.chmod(0o644)
    jar.write_bytes(content[:-1] + b"!")
    os.utime(jar, ns=(VERIFIED_NS, VERIFIED_NS))  # hidden from the cheap question

    assemble(distribution, folder, repository.remote, reports)

    assert repository.asked == ["beta-1.0.jar"]
    assert "beta-1.0.jar is refused" in reports.texts("warning")[0]
    assert jar.read_bytes() == content


def test_good_bytes_with_another_time_are_checked_not_fetched(
    distribution, folder, repository, reports
):
    os.utime(folder / "lib" / "beta-1.0.jar")
    assert not is_assembled(distribution, folder)
    assemble(distribution, folder, NOWHERE, reports)
    assert is_assembled(distribution, folder)


def test_after_kill_9_complete_files_are_kept(distribution, repository, jars, tmp_path):
    held = repository.held["org/example/beta/1.0/beta-1.0.jar"] = threading.Event()
    folder = tmp_path / "cache"
    with start(repository.url, distribution.locks, folder) as first:
        wait_until(lambda: len(list((folder / "lib").glob("*.jar"))) == len(jars) - 1)
        first.send_signal(signal.SIGKILL)
        first.communicate()
    held.set()
    repository.asked.clear()

    with start(repository.url, distribution.locks, folder) as second:
        assert second.communicate() == ("", "")

    assert repository.asked == ["beta-1.0.jar"]
    assert all(has_locked_bytes(folder / "lib" / jar.file, jar) for jar in jars)
    assert not (folder / "lib" / ".staging").exists()


def test_two_at_once_fetch_each_jar_once(distribution, repository, jars, tmp_path):
    folder = tmp_path / "cache"
    both = [start(repository.url, distribution.locks, folder) for _ in range(2)]
    for process in both:
        with process:
            assert process.communicate() == ("", "")
    assert sorted(repository.asked) == sorted(jar.file for jar in jars)


def test_a_folder_that_cannot_be_made_is_a_preflight_error(
    distribution, repository, tmp_path, reports
):
    (tmp_path / "file").write_text("")
    with pytest.raises(PreflightError, match=r"cannot write .*\nset KAFKASTACK_CACHE"):
        assemble(distribution, tmp_path / "file" / "x", repository.remote, reports)


@pytest.mark.root
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("size=8k", ["cannot write", ".jar: No space left on device", "free some space"]),
        ("ro", ["cannot write", "Read-only file system", "set KAFKASTACK_CACHE"]),
    ],
    ids=["full", "read-only"],
)
def test_a_disk_that_refuses_is_told_with_the_file(
    distribution, repository, tmp_path, options, words
):
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ("unshare", "-m", "sh", "-c", f'mount -t tmpfs -o {options} none "$0" && exec "$@"')
    with start(repository.url, distribution.locks, folder, (*mount, str(folder))) as process:
        _, told = process.communicate()
    assert told.startswith("3 ")
    assert [word for word in words if word not in told] == [], told


def start(url, locks, folder, before=()):
    return subprocess.Popen(
        [*before, sys.executable, "-c", ASSEMBLE, url, str(locks), str(folder)],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
