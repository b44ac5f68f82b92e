"""Duration of one call of a hook tool, against a bare start of Python and one of bash.

Runs inside a hook context (`kafkastack exec`): there it starts the tools, `python3 -IS -c pass`
and `bash -c :` in turn, from the same small process, many times a round.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import measure
from dispatch import CHARM
from lab import PYTHON, lab, settled
from measure import Sample

CALLS = 20  # a sample
BARE = "python3 -IS -c pass"
BASH = "bash -c :"
RELATION = ("-r", "circle:0")  # the peers'
COMMANDS = {
    "config-get": ("config-get", "n"),
    "status-set": ("status-set", "active", "n"),
    "relation-get": ("relation-get", *RELATION, "-", "bench/0"),
    "relation-set": ("relation-set", *RELATION, "n=1"),
    BARE: (os.path.realpath(PYTHON), "-IS", "-c", "pass"),
    BASH: ("bash", "-c", ":"),
}
AGAINST = {
    "config-get": BARE,
    "status-set": BARE,
    "relation-get": BASH,
    "relation-set": BASH,
}


def sample_inside(rounds: int) -> None:
    """Print the samples as JSON; this part runs inside the hook context."""
    samples = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, words in COMMANDS.items():
            samples[name].append(_sample((shutil.which(words[0]), *words[1:])))
    print(json.dumps(samples))


def _sample(words: tuple[str, ...]) -> tuple[float, float]:
    usage = _children()
    begin = time.perf_counter()
    for _ in range(CALLS):
        subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - begin) / CALLS, (_children() - usage) / CALLS


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Measure, and write results/hook_tool.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--inside", action="store_true")
    asked = parser.parse_args()
    if asked.inside:
        sample_inside(asked.rounds)
        return
    load = os.getloadavg()[0]
    measure.adopt_orphans()
    with lab() as own:
        own.begin()
        own("deploy", str(CHARM), "bench")
        own.wait(settled)
        program = f"{PYTHON} {Path(__file__).resolve()} --inside --rounds {asked.rounds}"
        answer = own("exec", "--unit", "bench/0", program)
    found = json.loads(answer.strip().splitlines()[-1])
    samples = {name: [Sample(*row) for row in rows] for name, rows in found.items()}
    result = {
        **measure.summary(samples),
        **{
            f"{name} to {bare}": measure.ratio(samples[name], samples[bare])
            for name, bare in AGAINST.items()
        },
        "target": f"wall, to {BARE}: at most 0.5; to {BASH}: at most 2.5",
    }
    measure.save("hook_tool", result, load)


if __name__ == "__main__":
    sys.exit(main())
