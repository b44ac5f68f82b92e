"""Client of the hook tools as put on a machine: one program, a link for each tool."""

from collections.abc import Iterable
from pathlib import Path

from kafkastack.hooktools.tools import TOOL_NAMES

_FOLDER = Path(__file__).parent
_PROGRAMS = ("hook-tool", "hook_tool.py", "in_process.py")


def client_files(extra: Iterable[str] = (), *, perl: bool = True) -> dict[str, bytes | str]:
    """Return a tools folder: name → content, or the name that a link points to.

    `extra` are programs that the cloud answers itself; without `perl` the links point to the
    Python client.
    """
    files: dict[str, bytes | str] = {name: (_FOLDER / name).read_bytes() for name in _PROGRAMS}
    target = "hook-tool" if perl else "hook_tool.py"
    return files | dict.fromkeys((*TOOL_NAMES, *extra), target)
