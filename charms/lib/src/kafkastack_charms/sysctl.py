"""Advice on the kernel settings of this machine that are not right for a broker."""

from __future__ import annotations

import logging
from pathlib import Path

logger = logging.getLogger(__name__)

ADVICE = "machine system settings are not optimal - see logs for info"
# What Kafka's documentation recommends, by their place below /proc/sys.
_LEAST = {"vm/max_map_count": 262144}
_MOST = {"vm/swappiness": 1, "vm/dirty_background_ratio": 5}
_EXACT = {"vm/dirty_ratio": 80}


def advise(profile: str, root: Path = Path("/proc/sys")) -> str:
    """Return the advice that this machine deserves; a machine for tests deserves none."""
    if profile == "testing":
        return ""
    wrong = [name for name in (*_LEAST, *_MOST, *_EXACT) if not _is_fine(name, root)]
    for name in wrong:
        wanted = {**_LEAST, **_MOST, **_EXACT}[name]
        logger.warning("sysctl %s should be %s", name.replace("/", "."), wanted)
    return ADVICE if wrong else ""


def _is_fine(name: str, root: Path) -> bool:
    path = root / name
    if not path.is_file():
        return True
    value = int(path.read_text())
    if name in _LEAST:
        return value >= _LEAST[name]
    return value <= _MOST[name] if name in _MOST else value == _EXACT[name]
