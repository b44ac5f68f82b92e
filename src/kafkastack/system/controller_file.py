"""Bootstrap settings of a controller: the file controller.json of its folder."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from kafkastack.errors import ControllerError, KafkastackError
from kafkastack.system.reading import read_regular

FILE = "controller.json"
_NEEDED = ("cloud", "uuid")


def read_settings(folder: Path) -> Mapping[str, Any]:
    """Return the settings; ControllerError if the file is there and cannot be what was written."""
    path = folder / FILE
    try:
        found: object = json.loads(read_regular(path))
    except (KafkastackError, ValueError, RecursionError) as error:
        raise _damaged(path, getattr(error, "message", "") or str(error)) from error
    if not isinstance(found, dict):
        raise _damaged(path, "it holds no settings")
    settings = cast(dict[str, Any], found)
    if missing := [name for name in _NEEDED if not isinstance(settings.get(name), str)]:
        raise _damaged(path, f"it lacks {' and '.join(missing)}")
    return settings


def _damaged(path: Path, reason: str) -> ControllerError:
    return ControllerError(
        f"{path} is damaged: {reason}; nothing was changed",
        'write it again: {"cloud": …, "uuid": …}; what they were is in '
        f"{path.parents[2] / 'client.json'}",
    )
