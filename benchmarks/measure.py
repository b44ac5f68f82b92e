"""Measurement of elapsed and CPU time: interleaved rounds, medians and spreads."""

import ctypes
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
_TICK = os.sysconf("SC_CLK_TCK")
_PR_SET_CHILD_SUBREAPER = 36
_own: set[int] = set()  # children that somebody here waits for
_reaping = threading.Lock()


@dataclass(frozen=True)
class Sample:
    """One run: seconds on the wall, and seconds of CPU of all that it started."""

    wall: float
    cpu: float


def adopt_orphans() -> None:
    """Become the parent of every daemon that a command leaves, so that its CPU time is seen."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    threading.Thread(target=_reap, daemon=True).start()


def _reap() -> None:
    while True:
        time.sleep(0.05)
        with _reaping, suppress(ChildProcessError):
            for pid, (parent, state, _) in _processes().items():
                if parent == os.getpid() and state == "Z" and pid not in _own:
                    os.waitpid(pid, 0)


def start(words: Sequence[str], **options: object) -> subprocess.Popen:
    """Start a child that is waited for here."""
    with _reaping:
        process = subprocess.Popen(words, **options)
        _own.add(process.pid)
    return process


def run(words: Sequence[str], env: Mapping[str, str] | None = None, timeout: float = 120) -> str:
    """Run a command that must succeed; return its stdout."""
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    process = start(words, env=env, stdin=null, stdout=pipe, stderr=pipe, text=True)
    out, err = process.communicate(timeout=timeout)
    if process.returncode:
        raise RuntimeError(f"{words}: exit code {process.returncode}\n{out}{err}")
    return out


def _processes() -> dict[int, tuple[int, str, int]]:
    """Return parent, state and CPU ticks (with those of reaped children) of every process."""
    found = {}
    for folder in os.listdir("/proc"):  # noqa: PTH208  # often, and for its names only
        if folder.isdigit():
            with suppress(OSError):
                fields = Path(f"/proc/{folder}/stat").read_text().rpartition(")")[2].split()
                found[int(folder)] = (int(fields[1]), fields[0], sum(map(int, fields[11:15])))
    return found


def descendants() -> list[int]:
    """List the processes below this one."""
    return sorted(_below(os.getpid(), _processes()) - {os.getpid()})


def _below(root: int, table: Mapping[int, tuple[int, str, int]]) -> set[int]:
    found = {root}
    while more := {pid for pid, row in table.items() if row[0] in found} - found:
        found |= more
    return found


def tree_seconds(pid: int) -> float:
    """Return the CPU time of a process, those below it, and those they have waited for."""
    table = _processes()
    return sum(table[one][2] for one in _below(pid, table)) / _TICK


def own_seconds(pid: int) -> float:
    """Return the CPU time of a process and of the children it has waited for."""
    _, _, ticks = _processes().get(pid, (0, "", 0))
    return ticks / _TICK


def find_process(*words: str) -> int:
    """Return the process below this one whose command line has these words in it."""
    for pid in descendants():
        with suppress(OSError):
            line = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            if all(any(word in part for part in line) for word in words):
                return pid
    raise LookupError(f"no process has {words}")


def cpu_seconds() -> float:
    """Return the CPU time of everything this process has started, ended or not."""
    with _reaping:
        table = _processes()
        alive = sum(table[pid][2] for pid in descendants() if pid in table)
        return alive / _TICK + ended_seconds()


def ended_seconds() -> float:
    """Return the CPU time of the children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def wait_until(
    done: Callable[[], object], what: str, seconds: float = 90, pause: float = 0.05
) -> None:
    """Poll until something holds; TimeoutError says what does not."""
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise TimeoutError(f"no {what} within {seconds:.0f} s")
        time.sleep(pause)


def wait_until_steady(
    holds: Callable[[], object], what: str, steady: float, seconds: float
) -> float:
    """Poll until something has held for some seconds; return since when."""
    since = math.inf

    def is_steady() -> bool:
        nonlocal since
        since = min(since, time.monotonic()) if holds() else math.inf
        return time.monotonic() - since >= steady

    wait_until(is_steady, what, seconds, 0.2)
    return since


@contextmanager
def clock(samples: list[Sample]) -> Iterator[None]:
    """Append what the block took."""
    cpu, wall = cpu_seconds(), time.perf_counter()
    yield
    wall = time.perf_counter() - wall
    samples.append(Sample(wall, cpu_seconds() - cpu))


def interleave(rounds: int, kinds: Mapping[str, Callable[[list[Sample]], None]]) -> dict:
    """Run every kind once a round, A B A B; return the samples of each."""
    samples: dict[str, list[Sample]] = {name: [] for name in kinds}
    for number in range(rounds):
        for name, once in kinds.items():
            once(samples[name])
            last = samples[name][-1]
            note = f"round {number + 1} {name}: {last.wall:.4f} s, {last.cpu:.3f} s of CPU"
            print(note, file=sys.stderr, flush=True)
    return samples


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, least and greatest."""
    numbers = (statistics.median(values), min(values), max(values))
    return {key: round(n, 5) for key, n in zip(("median", "min", "max"), numbers, strict=True)}


def ratio(ours: Sequence[Sample], theirs: Sequence[Sample]) -> dict[str, dict[str, float]]:
    """Return the ratios, round by round: both of a pair have met the same other load."""
    pairs = list(zip(ours, theirs, strict=True))
    return {
        "wall": spread([a.wall / b.wall for a, b in pairs]),
        "cpu": spread([a.cpu / max(b.cpu, 1 / _TICK) for a, b in pairs]),
    }


def summary(samples: Mapping[str, Sequence[Sample]]) -> dict[str, dict]:
    """Return the spreads of each kind, and all samples."""
    return {
        name: {
            "wall": spread([sample.wall for sample in rows]),
            "cpu": spread([sample.cpu for sample in rows]),
            "samples": [asdict(sample) for sample in rows],
        }
        for name, rows in samples.items()
    }


def save(name: str, result: Mapping[str, object], load: float) -> None:
    """Write results/NAME.json with date, commit and machine, and print it."""
    commit = subprocess.run(
        ["git", "-C", str(RESULTS.parent), "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    document = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load average": [round(load, 1), round(os.getloadavg()[0], 1)],
        **result,
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(document, indent=1)
    (RESULTS / f"{name}.json").write_text(text + "\n")
    print(text)
