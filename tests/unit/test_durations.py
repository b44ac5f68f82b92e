"""Durations of the checks, known and bounded: by the figures of the last measurement.

.venv/bin/python benchmarks/checks.py FILE...    measures again what has become slower
"""

import ast
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MEASURED = json.loads((ROOT / "tests/durations.json").read_text())
CEILINGS = {  # seconds of CPU: what others do on the machine changes them least
    "tests/charms": 320,
    "tests/clouds": 100,
    "tests/conformance": 220,
    "tests/fuzz": 60,
    "tests/integration": 1045,
    "tests/machines": 60,
    "tests/microstack": 900,
    "tests/tutorials": 860,
    "tests/unit": 160,
}


def folder_of(name: str) -> str:
    return "/".join(name.split("/")[:2])


@pytest.mark.parametrize("folder", CEILINGS)
def test_a_folder_stays_below_its_ceiling(folder: str):
    files = {name: row["cpu"] for name, row in MEASURED["files"].items()}
    assert sum(cpu for name, cpu in files.items() if folder_of(name) == folder) <= CEILINGS[folder]


def test_every_folder_has_a_ceiling_and_every_file_its_figures():
    files = {str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py")}
    known = set(MEASURED["files"])
    assert {folder_of(name) for name in files} == set(CEILINGS)
    assert {name for name in files if not {name, name.rpartition("/")[0]} & known} == set()


def test_what_was_measured_is_still_there():
    assert [name for name in MEASURED["files"] if not (ROOT / name).exists()] == []


def test_the_longest_tests_are_named_and_still_there():
    times = list(MEASURED["tests"].values())
    assert (len(times), times) == (40, sorted(times, reverse=True))
    assert [test for test in MEASURED["tests"] if not is_there(test)] == []


def is_there(test: str) -> bool:
    file, _, name = test.partition("::")
    tree = ast.parse((ROOT / file).read_text())
    return name.partition("[")[0] in {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
    }
