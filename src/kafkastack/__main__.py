"""Run the command line: `kafkastack`, or `python -m kafkastack`."""

import gc
import sys

from kafkastack.cli.main import main

_GARBAGE = 50_000  # objects: a command ends before there are that many, one that lasts has a bound


def command() -> int:
    """Run one command line, almost without looking for garbage, and return its exit code."""
    gc.set_threshold(_GARBAGE)
    try:
        return main()
    finally:
        gc.freeze()  # its modules need no last look either


if __name__ == "__main__":
    sys.exit(command())
