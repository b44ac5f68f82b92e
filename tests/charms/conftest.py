"""Fixtures shared by the tests of several charms."""

import os
from pathlib import Path

import pytest
from kafkastack_charms.testing.machine import Machine


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path / "machine")
    made.program("java", "#!/bin/sh\n")
    monkeypatch.setenv("PATH", f"{made.bin}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return made
