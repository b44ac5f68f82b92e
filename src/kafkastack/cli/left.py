"""Left-overs on clouds of controllers that are no more: kept in the data folder, ended later."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kafkastack.errors import KafkastackError
from kafkastack.system.controller_file import read_settings
from kafkastack.system.files import write_atomically
from kafkastack.system.places import data_dir, private_folder

_FILE = "left.json"
_PROBE_SECONDS = 15.0  # nobody waits for an end here, and the way there is new
_END_SECONDS = 120.0


class LeftOver(NamedTuple):
    """What a controller has left on a cloud: a folder that finds it there."""

    controller: str
    cloud: str
    folder: Path

    def names(self) -> list[str]:
        """Return what a person finds it by."""
        from kafkastack.controller.left import LeftFile

        return [machine.name for machine in LeftFile(self.folder).read().machines]


def left_overs() -> list[LeftOver]:
    """Return what is recorded in the data folder."""
    found = list[LeftOver]()
    for path in sorted(_folder().glob(f"*/{_FILE}")):
        settings = read_settings(path.parent)
        found.append(LeftOver(settings["name"], settings["cloud"], path.parent))
    return found


def left_by(controller: str) -> list[LeftOver]:
    """Return what controllers of that name have left."""
    return [each for each in left_overs() if each.controller == controller]


def keep(controller: str, folder: Path) -> Path | None:
    """Keep what a controller has left before its folder goes; where, if there is anything."""
    from kafkastack.clouds import copy_notes

    if not (folder / _FILE).exists() or not (folder / "controller.json").exists():
        return None
    settings = read_settings(folder)
    target = private_folder(_folder() / f"{controller}-{settings['uuid'][:8]}")
    kept = {"name": controller, "cloud": settings["cloud"], "uuid": settings["uuid"]}
    write_atomically(target / "controller.json", json.dumps(kept).encode(), 0o600)
    copy_notes(folder, target)
    write_atomically(target / _FILE, (folder / _FILE).read_bytes(), 0o600)
    return target


def tell(told: Mapping[str, Any] | None, cloud: str, controller: str) -> None:
    """Say what was left on a cloud, why, and what ends it; nothing if nothing was."""
    if not told or not told["left"]:
        return
    lines = [
        f'WARNING left on cloud "{cloud}": {told["reason"]}',
        *(f"  {name}" for name in told["left"]),
        "They are recorded, and ended once it answers by: "
        f"kafkastack bootstrap {cloud}, or kafkastack kill-controller {controller}",
    ]
    print("\n".join(lines), file=sys.stderr)


def end(wanted: Sequence[LeftOver]) -> bool:
    """Try to end what was left; tells how it went, and whether nothing of it is left now."""
    failures = 0
    for each in wanted:
        try:
            _end(each)
        except Exception as error:
            failures += 1
            said = error.message if isinstance(error, KafkastackError) else repr(error)
            tell({"left": each.names(), "reason": said}, each.cloud, each.controller)
        else:
            print(f'Ended what controller "{each.controller}" had left there', file=sys.stderr)
            _forget(each)
    return not failures


def _end(left: LeftOver) -> None:
    import asyncio

    from kafkastack.clouds import open_cloud
    from kafkastack.controller.reach import let_end

    async def end() -> None:
        cloud = open_cloud(left.cloud, left.folder, left.folder)
        try:
            await shut_down(cloud, _PROBE_SECONDS)
        finally:
            await let_end(1.0, cloud.close())

    asyncio.run(end())


async def shut_down(cloud: Any, seconds: float) -> None:
    """End everything of a controller on its cloud; CloudAwayError if it does not answer."""
    from kafkastack.controller.reach import Reach

    reach = Reach(cloud)
    await reach.probe(seconds)
    await reach.ask(cloud.shutdown(), _END_SECONDS)


def _forget(left: LeftOver) -> None:
    import shutil

    shutil.rmtree(left.folder, ignore_errors=True)
    if not any(_folder().iterdir()):
        _folder().rmdir()


def _folder() -> Path:
    return data_dir() / "left"
