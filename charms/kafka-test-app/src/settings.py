"""Settings of the client: written by the charm, read by the client, seen by nobody else."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

SETTINGS = "settings.json"
PROGRESS = "progress"


class Access(NamedTuple):
    """How to reach a cluster; `ca` is the PEM text of who signed its certificates."""

    servers: str
    username: str
    password: str
    group: str
    tls: bool = False
    ca: str = ""


@dataclass(frozen=True)
class Settings:
    """One run of the client; a run goes on through restarts with changed endpoints or TLS."""

    run: str
    role: str
    topic: str
    servers: str
    username: str
    password: str
    group: str
    partitions: int
    replication_factor: int
    num_messages: int
    message_interval: float
    origin: str
    log: str  # without .log and .err
    tls: str = ""  # digest of the TLS files that lie beside the settings; "" without TLS
    has_certificate: bool = False


def load(folder: Path) -> Settings | None:
    """Return the settings in a folder, or None."""
    try:
        text = (folder / SETTINGS).read_text()
    except FileNotFoundError:
        return None
    return Settings(**json.loads(text))


def save(folder: Path, settings: Settings) -> None:
    """Write the settings into a folder that only we can enter."""
    write_private(folder / SETTINGS, json.dumps(asdict(settings)))


def read_progress(folder: Path, run: str) -> int:
    """Return how many messages of a run were acknowledged."""
    try:
        name, _, count = (folder / PROGRESS).read_text().rpartition(" ")
    except FileNotFoundError:
        return 0
    return int(count) if name == run else 0


def write_progress(folder: Path, run: str, count: int) -> None:
    """Note how many messages of a run were acknowledged."""
    write_private(folder / PROGRESS, f"{run} {count}")


def write_private(path: Path, text: str) -> None:
    """Write a file as one, readable by its owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)
