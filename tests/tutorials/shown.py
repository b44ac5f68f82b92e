"""Parts of a walk's output that are the same each time."""

import re

_STEP = re.compile(r"^(?:── |\$ |  ✔ |✔ |written: ).*", re.MULTILINE)
_COLUMNS = re.compile(r"^(?:Model|App|Unit|Machine|Integration provider)  .*", re.MULTILINE)


def steps(written: str) -> list[str]:
    """Return its sections, commands, files and checkpoints with their conditions, in order."""
    return [re.sub(r"^written: .*/", "written: ", line) for line in _STEP.findall(written)]


def columns(written: str) -> list[str]:
    """Return the heads of its tables, in order."""
    return [re.sub(" +", " ", line) for line in _COLUMNS.findall(written)]
