"""A terminal is shown what strangers wrote and obeys none of it, whatever flags a verb has."""

import io
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

import kafkastack.cli.main as cli
from kafkastack.cli.microstack_progress import told
from kafkastack.cli.verbs import BY_NAME
from kafkastack.cli.verbs.row import OUTPUT, Verb
from kafkastack.gnuflag import Parsed

OBEYED, SHOWN = "a\x1b]0;owned\x07", r"a\x1b]0;owned\x07"


class Terminal(io.StringIO):
    """What is written to a terminal."""

    def isatty(self) -> bool:
        return True


Run = Callable[..., tuple[str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a verb that prints and tells what strangers wrote; return what terminals are shown."""

    def show(_parsed: Parsed) -> int:
        print(OBEYED)
        print(OBEYED, file=sys.stderr)
        return 0

    monkeypatch.setattr(cli, "strange", show, raising=False)
    monkeypatch.setitem(BY_NAME, "strange", Verb("strange", "", "", "cli.main", (OUTPUT,)))

    def run(*words: str) -> tuple[str, str]:
        out, err = Terminal(), Terminal()
        with redirect_stdout(out), redirect_stderr(err):
            assert cli.main(["strange", *words]) == 0
            assert (sys.stdout, sys.stderr) == (out, err)
        return out.getvalue(), err.getvalue()

    return run


def test_both_streams_are_guarded(run: Run):
    assert run() == (f"{SHOWN}\n", f"{SHOWN}\n")


def test_quiet_takes_what_is_told_and_leaves_the_guard(run: Run):
    assert run("--quiet") == (f"{SHOWN}\n", "")


def test_a_file_of_output_has_the_very_bytes_and_what_is_told_is_guarded(run: Run, tmp_path: Path):
    assert run("--output", str(tmp_path / "out")) == ("", f"{SHOWN}\n")
    assert (tmp_path / "out").read_text() == f"{OBEYED}\n"


def test_a_line_of_progress_is_no_markup_and_is_not_obeyed():
    terminal = Terminal()
    with redirect_stderr(terminal), told(quiet=False) as tell:
        tell(f"instance [/b]{OBEYED}")
    assert f"instance [/b]{SHOWN}" in terminal.getvalue()
