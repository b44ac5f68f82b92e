"""Parts of a walk's output that are the same each time."""

import re

_STEP = re.compile(r"^(?:── |\$ |  ✔ |✔ |written: ).*", re.MULTILINE)
_OTHER = {"written: .*/": "written: ", "secret:[a-z0-9]{20}": "<secret>"}  # each time
_COLUMNS = re.compile(r"^(?:Model|App|Unit|Machine|Integration provider)  .*", re.MULTILINE)


def steps(written: str) -> list[str]:
    """Return its sections, commands, files and checkpoints with their conditions, in order."""
    found = _STEP.findall(written)
    for pattern, same in _OTHER.items():
        found = [re.sub(pattern, same, line) for line in found]
    return found


def columns(written: str) -> list[str]:
    """Return the heads of its tables, in order."""
    return [re.sub(" +", " ", line) for line in _COLUMNS.findall(written)]
