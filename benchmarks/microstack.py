"""Rounds of a real OpenStack: bootstrap, configure, launch, SSH, destroy; one failure ends them.

Each round is unattended, in a folder of its own, and the host is compared with itself afterwards.
Downloads, images and the tables of OpenStack's migrations are cached; --cold begins without.
"""

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

import measure

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.microstack.host import left, snapshot  # noqa: E402

KAFKASTACK = ROOT / ".venv/bin/kafkastack"
STATE = Path("/var/lib/kafkastack-rounds")
_GROUPS = Path("/sys/fs/cgroup")


def main() -> None:
    """Run the rounds, and write what each part took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", type=int, nargs="?", default=20)
    parser.add_argument("--hypervisor", default="auto")
    parser.add_argument("--cold", action="store_true", help="remove the cloud's downloads first")
    asked = parser.parse_args()
    os.environ["KAFKASTACK_MICROSTACK"] = str(STATE)
    timed("destroy", "--quiet", "--no-prompt")  # of rounds that were interrupted
    if asked.cold:
        shutil.rmtree(Path("~/.cache/kafkastack/microstack").expanduser(), ignore_errors=True)
    kind, load, rounds = "cold" if asked.cold else asked.hypervisor, os.getloadavg()[0], []
    for _ in range(asked.rounds):
        rounds.append(one_round(asked.hypervisor))
        parts = {name: measure.spread([took[name] for took in rounds]) for name in rounds[0]}
        measure.save(
            f"microstack-{kind}", {"rounds without a failure": len(rounds), **parts}, load
        )


def one_round(hypervisor: str) -> dict[str, float]:
    """Build a cloud, log in to an instance, and remove it; return seconds, and MB of memory."""
    before = snapshot()
    took = {
        "bootstrap s": timed("bootstrap", "--quiet", f"--hypervisor={hypervisor}"),
        "bootstrap CPU s": cpu_seconds(),
        "configure s": timed("configure", "--quiet"),
        "launch to SSH s": timed("launch", "demo_instance", "--quiet"),
        "memory MB": memory_mb(),
        "destroy s": timed("destroy", "--quiet", "--no-prompt"),
    }
    if found := left(before, snapshot()):
        raise SystemExit(f"left on the host: {found}")
    return took


def timed(*words: str) -> float:
    """Run a command of microstack; return its seconds."""
    began = time.monotonic()
    measure.run([str(KAFKASTACK), "microstack", *words], timeout=1200)
    return round(time.monotonic() - began, 1)


def cpu_seconds() -> float:
    """Return the processor time of all that the cloud has run so far."""
    for group in _GROUPS.glob("cpuacct/kafkastack-microstack*/cpuacct.usage"):
        return round(int(group.read_text()) / 1e9, 1)
    return 0.0


def memory_mb() -> float:
    """Return the memory of the cloud with its instance, each page counted once (PSS)."""
    shown = measure.run([str(KAFKASTACK), "microstack", "status", "--format=yaml"])
    return float(shown.partition("memory-mb:")[2].split()[0])


if __name__ == "__main__":
    main()
