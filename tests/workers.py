"""Rows of tests that one worker runs one after the other, and those rows that begin first."""

import json
from pathlib import Path
from typing import Any

from xdist.scheduler import LoadScopeScheduling

DURATIONS = Path(__file__).with_name("durations.json")
ONE_AT_A_TIME = {
    # Each looks at the whole host before and after.
    "a cloud": ("tests/microstack/", "tests/tutorials/test_microstack.py"),
    # Two on two cores starve each other: what is to be told or taken back in time is late.
    "a cluster": (
        "tests/tutorials/test_kraft",
        "tests/integration/test_kafka_lanes.py",
        "tests/integration/test_pytest_plugin.py",
        "tests/integration/test_questions.py",
        "tests/integration/test_workload.py",
    ),
}
ONE_WORLD = ("tests/conformance/",)  # of all its files
CLOUDS = {"cold", "container", "local", "openstack", "ssh", "warm"}  # each in a world of its own


class Rows(LoadScopeScheduling):
    """Gives a worker a whole row: tests that share a world, in their order."""

    def __init__(self, config: Any, log: Any = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # they come in the order that they are to have

    def _split_scope(self, nodeid: str) -> str:
        return row_of(nodeid)


def row_of(test: str) -> str:
    """Return the row of a test: its file or folder, and the cloud that it is on."""
    file, _, name = test.partition("::")
    words = name.partition("[")[2].rstrip("]").split("-")
    if line := line_of(file):
        return line
    row = next((folder for folder in ONE_WORLD if file.startswith(folder)), file)
    return " ".join([row, *(word for word in words if word in CLOUDS)])


def line_of(file: str) -> str:
    """Return of what no two may run at once, and this file is one; "" if it is none."""
    lines = (name for name, files in ONE_AT_A_TIME.items() if file.startswith(files))
    return next(lines, "")


def read_seconds() -> dict[str, float]:
    """Return how long each file, or folder of small files, has taken."""
    files = json.loads(DURATIONS.read_text())["files"]
    return {name: figures["wall"] for name, figures in files.items()}


def seconds_of(test: str, known: dict[str, float]) -> float:
    """Return how long the file of a test has taken; of those that run one at a time, all."""
    file = test.partition("::")[0]
    if line := line_of(file):
        return sum(seconds for name, seconds in known.items() if line_of(name) == line)
    return known.get(file) or known.get(file.rpartition("/")[0]) or 0.0
