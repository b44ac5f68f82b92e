"""What a long work tells while it goes on."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal

Phase = Literal["download", "verify", "java", "train", "pack", "warning"]


@dataclass(frozen=True)
class Progress:
    """One step: bytes done of how many, in which file; a warning carries its text in `file`."""

    phase: Phase
    done: int = 0
    total: int = 0
    file: str = ""

    def as_dict(self) -> dict[str, str | int]:
        """Return the line of JSON that the controller reads."""
        return asdict(self)


Report = Callable[[Progress], None]


def silent(_progress: Progress) -> None:
    """Tell nobody."""
