"""Durations of the checks: each file of tests by itself, or each folder of cheap ones.

Without arguments everything; with some, these files, and what else is in the result stays.
"""

import argparse
import json
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import measure

ROOT = Path(__file__).parents[1]
DURATIONS = ROOT / "tests" / "durations.json"
LONGEST = 40
TOGETHER = ("tests/charms/lib", "tests/conformance")


def find_targets(tests: Path) -> list[str]:
    """Return the files of tests, and the folders of which one figure is enough."""
    found = (path.relative_to(tests.parent) for path in tests.rglob("test_*.py"))
    return sorted({target_of(path) for path in found})


def target_of(path: Path) -> str:
    """Return a file, or its folder where files are many and small, or share one world."""
    folder = str(path.parent)
    together = folder in TOGETHER or folder.startswith("tests/unit/")
    return folder if together else str(path)


def run(target: str) -> tuple[dict[str, float], dict[str, float]]:
    """Return wall and CPU seconds of a target, and the wall seconds of each of its tests."""
    before, wall = measure.cpu_seconds(), time.perf_counter()
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        words = ("-m", "pytest", "-q", "-rs", "-o", "junit_family=xunit1", "--no-header")
        process = measure.start(
            [sys.executable, *words, f"--junitxml={report.name}", target],
            cwd=ROOT,
        )
        if process.wait() not in (0, 5):  # 5: it has no test
            print(f"{target} failed", file=sys.stderr)
        cases = ET.parse(report.name).iter("testcase")
        times = {f"{x.get('file')}::{x.get('name')}": float(x.get("time", 0)) for x in cases}
    wall = time.perf_counter() - wall
    return {"wall": round(wall, 1), "cpu": round(measure.cpu_seconds() - before, 1)}, times


def longest(times: dict[str, float]) -> dict[str, float]:
    """Return the tests that take longest, the longest first."""
    ranked = sorted(times.items(), key=lambda item: -item[1])[:LONGEST]
    return {name: round(seconds, 1) for name, seconds in ranked}


def main() -> None:
    """Measure, and write tests/durations.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*")
    asked = parser.parse_args()
    kept = json.loads(DURATIONS.read_text()) if asked.targets and DURATIONS.exists() else {}
    files = {name: row for name, row in kept.get("files", {}).items() if (ROOT / name).exists()}
    known = kept.get("tests", {}).items()
    tests = {name: t for name, t in known if (ROOT / name.partition("::")[0]).exists()}
    measure.adopt_orphans()
    for target in asked.targets or find_targets(ROOT / "tests"):
        tests = {name: t for name, t in tests.items() if not name.startswith(target)}
        files[target], times = run(target)
        tests = longest({**tests, **times})
        document = {
            "command": ".venv/bin/python benchmarks/checks.py",
            "files": dict(sorted(files.items(), key=lambda item: -item[1]["cpu"])),
            "tests": tests,
        }
        DURATIONS.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
