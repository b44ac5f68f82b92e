"""Text of strangers, shown and never obeyed, in whatever form it is printed."""

import io
import json
import os
import pty
from collections.abc import Callable

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as some

from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.hooks import hooks_table
from kafkastack.cli.formats.log import LogLook, log_line, status_log_table
from kafkastack.cli.formats.oneline import oneline
from kafkastack.cli.formats.progress import told_while_waiting
from kafkastack.cli.formats.status import format_status
from kafkastack.cli.formats.table import plain, render
from kafkastack.cli.formats.tasks import run_output
from kafkastack.model.text import as_one_record, on_one_line, visible
from kafkastack.system.streams import guarded

FORGED = "unit-other-0: 10:00:00 ERROR unit.other/0.juju-log it is your fault"
NASTY = f"a\x1b]0;owned\x07\x1b[2J\r\x9b31m\x7f\u202egpj\u2066\u2028b\x85c\n{FORGED}\x00"
OBEYED = [chr(n) for n in (*range(9), *range(11, 32), *range(0x7F, 0xA0))]
OBEYED += [*"\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"]
STATUS = {"current": "active", "message": NASTY, "since": "now"}
UNIT = {
    "workload-status": STATUS | {"failed-hook": {"hook": "x", "attempts": 1, "traceback": NASTY}},
    "juju-status": {"current": "idle"},
    "machine": "0",
    "public-address": NASTY,
    "open-ports": [NASTY],
}
APPLICATION = {
    "charm": NASTY,
    "charm-origin": "local",
    "charm-name": NASTY,
    "charm-rev": 0,
    "charm-channel": NASTY,
    "exposed": False,
    "application-status": STATUS,
    "version": NASTY,
    "units": {"app/0": UNIT},
}
MODEL = {"name": "m", "controller": "c", "cloud": "local", "version": "3", "model-status": STATUS}
DOCUMENT = {
    "model": MODEL,
    "machines": {},
    "applications": {"app": APPLICATION},
    "controller": {"timestamp": "now"},
    "storage": {},
}
TASK = {"id": "4", "status": "failed", "message": NASTY, "results": {"a": NASTY, "return-code": 1}}
PRINTED: dict[str, Callable[[], str]] = {
    "a table": lambda: render([plain(NASTY, NASTY)]),
    "status": lambda: format_status(DOCUMENT)[0],
    "status in colour": lambda: format_status(DOCUMENT, color=True)[0].replace("\x1b[", ""),
    "status as lines": lambda: oneline(DOCUMENT),
    "status in short": lambda: format_status(DOCUMENT, "summary")[0],
    "status as JSON": lambda: to_json(DOCUMENT),
    "status as YAML": lambda: to_yaml(DOCUMENT),
    "debug-log": lambda: log_line((0.0, NASTY, NASTY, NASTY, NASTY), LogLook()),
    "show-status-log": lambda: status_log_table(
        [{"since": "now", "type": "juju-unit", "status": NASTY, "message": NASTY}]
    ),
    "hooks": lambda: hooks_table(
        [
            {
                "since": "now",
                "unit": "app/0",
                "kind": "hook",
                "name": "x",
                "subject": NASTY,
                "seconds": 1.0,
                "return-code": 1,
                "traceback": NASTY,
                "calls": [],
            }
        ]
    ),
    "action-log": lambda: told_while_waiting({"log": [(0.0, NASTY)]}),
    "results of an action": lambda: run_output({"app/0": TASK}),
    "results of several": lambda: run_output({"app/0": TASK, "app/1": TASK}),
}


@pytest.mark.parametrize("form", PRINTED)
def test_nothing_of_it_is_obeyed_by_a_terminal(form: str):
    printed = PRINTED[form]()
    assert not [c for c in OBEYED if c in printed]
    assert "owned" in printed, "it is shown"


@pytest.mark.parametrize("form", ["debug-log", "action-log", "status", "show-status-log", "hooks"])
def test_no_line_of_it_looks_like_another_record(form: str):
    assert not [line for line in PRINTED[form]().splitlines() if line.startswith("unit-other")]


@given(some.text(some.characters(codec="utf-8")))
def test_json_and_yaml_are_read_back_as_they_were(text: str):
    document = {"a": text, text: "b", "c": [text]}
    assert json.loads(to_json(document)) == {k: v for k, v in document.items() if k[:1] != "_"}
    assert yaml.safe_load(to_yaml(document)) == {k: v for k, v in document.items() if k[:1] != "_"}


@given(some.text() | some.lists(some.text()).map("\n".join))
def test_whatever_a_text_holds_it_is_shown(text: str):
    for shown in (visible(text), on_one_line(text), as_one_record(text)):
        shown.encode()
        assert not set(OBEYED) & set(shown)
    assert "\n" not in on_one_line(text) and "\t" not in on_one_line(text)
    first, *others = as_one_record(text).split("\n")
    assert all(line.startswith("    ") for line in others), first


def test_ordinary_text_is_left_as_it_is():
    for text in ("", "Grüße, 世界 👋🏽 ‍", "a\tb\nc", "back\\slash"):
        assert visible(text) == text
    assert visible("\x1b[31m\r\u202e") == "\\x1b[31m\\x0d\\u202e"


def test_a_guarded_stream_obeys_our_colours_only():
    plain_stream, tables = io.StringIO(), io.StringIO()
    guarded(plain_stream).write("\x1b[31mred\x1b[0m\n")
    guarded(tables, colors=True).writelines(["\x1bc\x1b[31mred\x1b[0m\x1bc\x1b]0;x\x07\n"])
    assert plain_stream.getvalue() == "\\x1b[31mred\\x1b[0m\n"
    assert tables.getvalue() == "\x1bc\x1b[31mred\x1b[0m\\x1bc\\x1b]0;x\\x07\n"


def test_a_guarded_stream_is_else_what_it_is():
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        stream = guarded(terminal)
        assert stream.isatty() and stream.fileno() == theirs
        print("a\x07b", file=stream, flush=True)
        assert os.read(ours, 100) == b"a\\x07b\r\n"
    os.close(ours)
