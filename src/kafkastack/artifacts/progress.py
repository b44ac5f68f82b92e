"""Progress of long work, told while it goes on."""

from collections.abc import Callable
from typing import Literal

from msgspec import Struct
from msgspec.structs import asdict

Phase = Literal["download", "verify", "java", "train", "pack", "warning"]


class Progress(Struct, frozen=True):
    """One step: bytes done of how many, in which file; a warning carries its text in `file`."""

    phase: Phase
    done: int = 0
    total: int = 0
    file: str = ""

    def as_dict(self) -> dict[str, str | int]:
        """Return the line of JSON that the controller reads."""
        return asdict(self)


DOING: dict[Phase, str] = {
    "download": "Downloading",
    "verify": "Checking",
    "java": "Fetching Java",
    "train": "Making class archives for",
    "pack": "Packing",
    "warning": "WARNING",
}
IN_BYTES: tuple[Phase, ...] = ("download", "verify", "java")

Report = Callable[[Progress], None]


def title(progress: Progress) -> str:
    """Return what is being done; jars come and go too quickly to be named one by one."""
    doing = DOING[progress.phase]
    return doing if progress.phase in IN_BYTES else f"{doing} {progress.file}"


def amount(progress: Progress) -> str:
    """Return how much of it is done, "" for what is not counted in bytes."""
    if progress.phase not in IN_BYTES:
        return ""
    return f"{progress.done / 1e6:.1f}/{progress.total / 1e6:.1f} MB"


def silent(_progress: Progress) -> None:
    """Tell nobody."""
