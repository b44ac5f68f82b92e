"""Runs a controller: `python -m kafkastack.controller FOLDER`, one process per folder."""

import asyncio
import fcntl
import gc
import os
import sys
from pathlib import Path

from kafkastack.controller.early import begin
from kafkastack.errors import KafkastackError
from kafkastack.system.controller_file import read_settings
from kafkastack.system.streams import guarded


def main(folder: Path) -> int:
    """Run until asked to stop; 0 at once if the folder's controller runs already, or is gone."""
    lock = os.open(folder / "controller.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0
    if not os.fstat(lock).st_nlink:  # the folder was removed before this one had its turn
        return 0
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())
    os.umask(0o077)
    sys.stderr = guarded(sys.stderr)  # the log: exceptions tell of what strangers wrote
    gc.disable()  # modules are no garbage: they are not looked through, now and later
    try:
        settings = read_settings(folder)
        begun = begin(settings["cloud"])
        from kafkastack.controller.serving import serve

        gc.freeze()
        gc.enable()
        asyncio.run(serve(folder, settings, begun))
    except KafkastackError as error:
        print(f"ERROR {error}", file=sys.stderr)  # noqa: T201  # into the log: its reader is told
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
