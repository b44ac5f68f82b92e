"""Walks as tests use them: the point to walk to, and the contents of the model and secrets."""

import json
import os
import signal
import subprocess
import sys

import pytest


def read_until(process, typed):
    """Read the output until a command is typed; then SIGKILL the whole process group."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith(f"$ kafkastack {typed}"):
            os.killpg(process.pid, signal.SIGKILL)
            break
    else:
        pytest.fail("".join(lines))
    process.communicate()
    return "".join(lines)


def status(home):
    return json.loads(home.run("status", "--format", "json"))


def credentials(home):
    words = ("run", "data-integrator/leader", "get-credentials", "--format", "json")
    out = subprocess.check_output(
        [sys.executable, "-m", "kafkastack", *words],
        env=home.environment,
        stderr=subprocess.DEVNULL,
    )
    return next(iter(json.loads(out).values()))["results"]["kafka"]


def holds_one_of(words, path):
    return any(word.encode() in path.read_bytes() for word in words)


def passwords_of_secrets(home):
    """Return each password that a charm of the model has made a secret of."""
    listed = json.loads(home.run("secrets", "--format", "json"))
    words = ("--reveal", "--format", "json")
    shown = [json.loads(home.run("show-secret", secret, *words)) for secret in listed]
    pairs = [pair for s in shown for one in s.values() for pair in one["content"]["Data"].items()]
    return {value for name, value in pairs if "password" in name}
