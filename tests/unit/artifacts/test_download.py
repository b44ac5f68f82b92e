import base64
import socket

import pytest

from kafkastack.artifacts.download import download
from kafkastack.artifacts.remotes import Remote
from kafkastack.artifacts.verified import has_locked_bytes, is_verified
from kafkastack.errors import DownloadError

HTML = b"<html>Please sign in to the hotel network</html>"


def test_every_jar_arrives_checked_and_read_only(repository, jars, tmp_path, reports):
    download(tuple(jars), tmp_path, repository.remote, reports)
    assert all(has_locked_bytes(tmp_path / jar.file, jar) for jar in jars)
    assert all(is_verified(tmp_path / jar.file, jar) for jar in jars)
    assert {(tmp_path / jar.file).stat().st_mode & 0o777 for jar in jars} == {0o444}


def test_progress_ends_with_all_bytes(repository, jars, tmp_path, reports):
    download(tuple(jars), tmp_path, repository.remote, reports)
    total = sum(jar.size for jar in jars)
    assert (reports[-1].phase, reports[-1].done, reports[-1].total) == ("download", total, total)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda content: content[:-1] + b"!", "beta-1.0.jar is refused"),
        (lambda content: content + b"more", "beta-1.0.jar is refused: more bytes"),
        (lambda _: HTML, f"beta-1.0.jar is refused: {len(HTML)} bytes"),
        (lambda _: b"", "beta-1.0.jar is refused: 0 bytes"),
    ],
    ids=["tampered", "longer", "rubbish", "empty"],
)
def test_other_bytes_are_refused_by_name(repository, jars, tmp_path, reports, spoil, words):
    path = "org/example/beta/1.0/beta-1.0.jar"
    repository.files[path] = spoil(repository.files[path])
    with pytest.raises(DownloadError, match=words):
        download(tuple(jars), tmp_path, repository.remote, reports)
    assert not (tmp_path / "beta-1.0.jar").exists()


def test_a_body_that_ends_early_is_an_error_with_the_file(repository, jars, tmp_path, reports):
    repository.cut["org/example/beta/1.0/beta-1.0.jar"] = 10
    with pytest.raises(
        DownloadError, match=r"cannot download beta-1\.0\.jar: it ended after 10 bytes"
    ):
        download(tuple(jars), tmp_path, repository.remote, reports)


def test_an_answer_that_was_cut_once_is_asked_for_again(repository, jars, tmp_path, reports):
    repository.cut_once["org/example/beta/1.0/beta-1.0.jar"] = 10
    download(tuple(jars), tmp_path, repository.remote, reports)
    assert repository.asked.count("beta-1.0.jar") == 2
    assert reports[-1].done == reports[-1].total


def test_a_missing_jar_is_an_error_with_the_status(repository, jars, tmp_path, reports):
    del repository.files["org/example/beta/1.0/beta-1.0.jar"]
    with pytest.raises(DownloadError, match=r"cannot download beta-1\.0\.jar: .*404"):
        download(tuple(jars), tmp_path, repository.remote, reports)


def test_no_network_is_an_error_with_the_next_step(jars, tmp_path, reports):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        remote = Remote(f"http://user:hunter2@127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(DownloadError, match=r"\.jar: Connection refused\n.*HTTPS_PROXY") as e:
            download(tuple(jars), tmp_path, remote, reports)
    assert "hunter2" not in str(e.value)


def test_a_mirror_gets_its_password(repository, jars, tmp_path, reports):
    download(tuple(jars), tmp_path, Remote(repository.url, ("user", "hunter2")), reports)
    given = base64.b64encode(b"user:hunter2").decode()
    assert [h["Authorization"] for h in repository.headers] == [f"Basic {given}"] * len(jars)


def test_what_is_left_of_a_download_is_no_jar(repository, jars, tmp_path, reports):
    (tmp_path / ".staging").mkdir()
    (tmp_path / ".staging" / "old.jar").write_bytes(b"half")
    download(tuple(jars), tmp_path, repository.remote, reports)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(jar.file for jar in jars)
