import json
import os
import subprocess
import sys
from pathlib import Path

from kafkastack.artifacts.__main__ import Reporter, main
from kafkastack.artifacts.progress import Progress

SOURCE = Path(__file__).parents[3] / "src"


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_progress_is_told_after_each_hundredth(capsys):
    report = Reporter()
    for done in range(0, 10_001, 10):
        report(Progress("download", done, 10_000, "a.jar"))
    told = lines(capsys)
    assert 100 <= len(told) <= 102
    assert told[-1] == {"phase": "download", "done": 10_000, "total": 10_000, "file": "a.jar"}


def test_every_warning_is_told(capsys):
    report = Reporter()
    for name in ("a.jar", "b.jar"):
        report(Progress("warning", file=f"{name} is refused"))
    assert [line["file"] for line in lines(capsys)] == ["a.jar is refused", "b.jar is refused"]


def test_an_unknown_resource_is_an_error_on_stderr(capsys):
    assert main(["kafka-0/kafka.jar"]) == 1
    assert 'resource "kafka-0/kafka.jar" is not known' in capsys.readouterr().err


def test_jgos_jdk_downloader_and_the_http_library_are_not_even_imported_for_what_is_there():
    code = (
        "import sys, kafkastack.artifacts.__main__; print({'cjdk', 'requests'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"
