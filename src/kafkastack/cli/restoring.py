"""restore-controller: bring a backup of a controller's record back, and tell what has moved on."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Generator
from pathlib import Path

from kafkastack.cli import client_store
from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.recovery import backups_table, findings_text
from kafkastack.cli.formats.shapes import Document
from kafkastack.cli.session import confirm
from kafkastack.cli.starting import is_free
from kafkastack.clouds.local.cloud import LocalCloud
from kafkastack.clouds.local.layout import runtime_folder
from kafkastack.clouds.local.unrecorded import Findings
from kafkastack.controller.recovery import keep_numbers, survey
from kafkastack.errors import ConflictError, ControllerError, NotFoundError, UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.store.backups import Backup, list_backups
from kafkastack.store.loading import find_trouble
from kafkastack.store.restoring import examined, find_backup, newest_sound, restore
from kafkastack.store.store import Store
from kafkastack.system.files import locked
from kafkastack.system.places import controller_dir

_END_SECONDS = 30.0
_PAUSE = 0.02


def restore_controller(parsed: Parsed) -> int:
    """Bring back a backup, or list what there is; workloads run on unless they are to end."""
    name, folder = _named(parsed)
    database = folder / "state.db"
    if parsed.is_set("list"):
        return _list(parsed, database)
    if parsed["format"] != "tabular":
        raise UsageError("--format needs --list")
    trouble = find_trouble(database)
    if not trouble and not parsed["from"] and not parsed.is_set("end-unrecorded"):
        raise ConflictError(
            f"the record of controller {name} is sound: there is nothing to restore",
            f"to go back in time: kafkastack restore-controller {name} --from BACKUP",
        )
    wanted = _wanted(parsed, name, database) if trouble or parsed["from"] else None
    if wanted and not trouble and not confirm(parsed, _going_back(name, wanted)):
        return 1
    with _stopped(name, folder):
        if wanted:
            _bring_back(name, database, wanted)
        _tell_findings(parsed, name, database, wanted)
    return 0


def _named(parsed: Parsed) -> tuple[str, Path]:
    name = parsed.positional[0] if parsed.positional else client_store.read().controller()
    folder = controller_dir(name)
    if "/" in name or not (folder / "controller.json").exists():
        raise NotFoundError(f"controller {name} not found", "type: kafkastack controllers")
    return name, folder


def _wanted(parsed: Parsed, name: str, database: Path) -> Path:
    if parsed["from"]:
        return find_backup(database, parsed["from"])
    wanted, damaged = newest_sound(database)
    for trouble in damaged.values():
        print(f"passed over: {trouble}", file=sys.stderr)
    if wanted is None:
        raise NotFoundError(
            f"controller {name} has no backup that can be used",
            f"see what runs: kafkastack restore-controller {name} --list; "
            f"end all of it: kafkastack kill-controller {name}",
        )
    return wanted


def _going_back(name: str, backup: Path) -> str:
    return (
        f"WARNING! The record of controller {name} is sound. What has happened since "
        f"{backup.name} is forgotten by it, while its workloads run on."
    )


@contextlib.contextmanager
def _stopped(name: str, folder: Path) -> Generator[None]:
    """Ask the controller to end, and keep it from being started; its workloads run on."""
    with locked(folder / ".start.lock"):
        deadline = time.monotonic() + _END_SECONDS
        lock = folder / "controller.lock"
        asked = False
        while not is_free(lock):
            pid = lock.read_text().strip()
            if not asked and pid.isdigit():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGTERM)
                asked = True
            if time.monotonic() > deadline:
                raise ControllerError(
                    f"controller {name} runs as process {pid}, and does not end",
                    f"type: kill -9 {pid}; then the same command again",
                )
            time.sleep(_PAUSE)
        with locked(lock):
            yield


def _bring_back(name: str, database: Path, backup: Path) -> None:
    kept = restore(database, backup)
    print(f"Controller {name} has its record of {backup.name} again")
    if kept:
        print(f"What was there before is kept in {kept}")


def _list(parsed: Parsed, database: Path) -> int:
    backups = [_document(backup, trouble) for backup, trouble in examined(database)]
    trouble = find_trouble(database)
    if parsed["format"] != "tabular":
        document = {"backups": backups, "damage": trouble}
        print(to_json(document) if parsed["format"] == "json" else to_yaml(document), end="")
        return 0
    print(backups_table(backups), end="")
    if trouble:
        print(f"\n{trouble}", file=sys.stderr)
    elif findings := survey(database, time.time()):
        print(findings_text(database.parent.name, findings, ended=False), end="")
    return 0


def _document(backup: Backup, trouble: str) -> Document:
    return {
        "name": backup.path.name,
        "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(backup.time)),
        "reason": backup.reason,
        "bytes": backup.path.stat().st_size,
        "state": "damaged" if trouble else "sound",
    }


def _tell_findings(parsed: Parsed, name: str, database: Path, backup: Path | None) -> None:
    known = {each.path: each.time for each in list_backups(database)}
    since = known.get(backup, backup.stat().st_mtime) if backup else time.time()
    Store(database).close()  # one of an older version has today's tables from here on
    findings = survey(database, since)
    if findings is None:
        print("Machines of this cloud were not compared with the record.")
        return
    keep_numbers(database, findings)
    ended = parsed.is_set("end-unrecorded")
    if ended:
        asyncio.run(_end(database.parent, findings))
    print(findings_text(name, findings, ended=ended), end="")


async def _end(folder: Path, findings: Findings) -> None:
    """End what runs without a record; the cloud of the controller does it, as at its end."""
    cloud = LocalCloud(folder, runtime_folder(folder))
    for machine in findings.machines:
        await cloud.end_on(machine.name)
    for unit in findings.units:
        if unit.services:
            await cloud.end_on(unit.machine, unit.services)
    await cloud.close()
