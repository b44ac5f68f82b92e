"""Write transcript.md, and README's part of it, from a walk: `make transcript`, not as root."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/transcript.md"
README = ROOT / "README.md"
SECONDS = 900
HEAD = """\
# A transcript

What `./run.sh` wrote as an ordinary user with an empty home, after the packages of `.venv` had
been installed: {lines} lines in {seconds:.0f} s on {cores} cores, downloads included. Each
checkpoint was verified before its table was shown. The cluster, with its passwords, is gone.

`make transcript` walks and writes this page; it calls the home `/home/ana` and the host `laptop`.

"""
FENCED = re.compile(r"(?<=^```text\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
# What README shows: what a line begins with, and how many lines from there.
SHOWN = (
    ("$ kafkastack deploy kafka ", 2),
    ("✔ Both applications are active", 1),
    ("✔ Every message that was produced", 1),
    ("✔ Three servers are active", 1),
    ("$ kafkastack status --relations", 1),
    ("App ", 5),
    ("✔ The messages of step 4", 1),
    ("The model demo ", 2),
)
WIDTH, CUT = 117, "[…]"


def excerpt(written: str) -> str:
    """Return what README shows of all that was written."""
    lines, shown, at = written.splitlines(), ["$ ./run.sh"], 0
    for beginning, count in SHOWN:
        start = next(n for n in range(at, len(lines)) if lines[n].startswith(beginning))
        shown += [CUT, *lines[start : start + count]]
        at = start + count
    return "\n".join([*(narrow(line) for line in shown), CUT, ""])


def narrow(line: str) -> str:
    """Cut a line at the right."""
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def replaced(page: str, written: str) -> str:
    """Return a page with something else in its first block of text."""
    return FENCED.sub(lambda _: written, page, count=1)


def call(command: str, environment: dict[str, str]) -> str:
    """Return what a command wrote; what a failed one wrote is shown."""
    done = subprocess.run(
        command.split(),
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{done.stdout}\n{command} failed")
    return done.stdout


def anonymous(written: str, home: str) -> str:
    """Return what would have been written in the home of Ana."""
    named = {str(ROOT): "/home/ana/kafkastack", home: "/home/ana"}
    for folder, name in named.items():
        written = written.replace(folder, name)
    return written.replace(f'"origin": "{socket.gethostname()}', '"origin": "laptop')


def walk(home: str) -> tuple[str, float]:
    """Walk in a home and remove what was made; return all that was written, and the seconds."""
    theirs = ("HOME", "XDG_", "KAFKASTACK_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(theirs)}
    environment["HOME"] = home
    began = time.monotonic()
    try:
        return call("./run.sh", environment), time.monotonic() - began
    finally:
        call(".venv/bin/kafkastack tutorial remove", environment)


def main() -> None:
    """Walk, and write both pages."""
    if os.geteuid() == 0:
        sys.exit("A transcript shows what an ordinary user sees: be one.")
    with tempfile.TemporaryDirectory(prefix="ks-", dir="/tmp") as home:
        written, seconds = walk(home)
        written = anonymous(written, home)
    head = HEAD.format(lines=written.count("\n"), seconds=seconds, cores=os.cpu_count())
    PAGE.write_text(f"{head}```text\n{written}```\n")
    README.write_text(replaced(README.read_text(), excerpt(written)))


if __name__ == "__main__":
    main()
