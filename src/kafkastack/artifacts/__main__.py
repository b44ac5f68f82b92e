"""Fetches resources for another process: python -m kafkastack.artifacts NAME.

Prints a line of JSON for each step, and {"path": …} for each resource. `--fat` before the names
makes jars that need no other file, for machines elsewhere.
"""

import json
import sys
from collections.abc import Sequence

from kafkastack.artifacts.progress import Progress
from kafkastack.artifacts.resources import ensure_fat_jar, ensure_resource
from kafkastack.errors import KafkastackError


class Reporter:
    """Prints a line when the phase changes and after each hundredth of the bytes."""

    def __init__(self) -> None:
        self._last = Progress("warning")

    def __call__(self, progress: Progress) -> None:
        """Print a line, if the reader would see a difference."""
        last = self._last
        same = (progress.phase, progress.total) == (last.phase, last.total)
        small = 0 < progress.done - last.done < progress.total / 100
        if same and small and progress.done != progress.total:
            return
        self._last = progress
        print(json.dumps(progress.as_dict()), flush=True)  # noqa: T201  # this is the protocol


def main(argv: Sequence[str]) -> int:
    """Fetch what is named; the exit code is the error's."""
    fat = "--fat" in argv
    ensure = ensure_fat_jar if fat else ensure_resource
    try:
        for name in argv:
            if name != "--fat":
                path = ensure(name, Reporter())
                print(json.dumps({"path": str(path)}), flush=True)  # noqa: T201  # protocol
    except KafkastackError as error:
        print(error, file=sys.stderr)  # noqa: T201  # the controller shows it
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
