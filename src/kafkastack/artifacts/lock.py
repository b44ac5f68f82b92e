"""Regenerates a lock file: python -m kafkastack.artifacts.lock kafka-3.9.2."""

import hashlib
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import requests
from jgo.maven import MavenContext

from kafkastack.artifacts.certificates import trust_system
from kafkastack.artifacts.distributions import DISTRIBUTIONS, EXCLUDED, Distribution
from kafkastack.artifacts.download import central
from kafkastack.artifacts.lockfile import LockedJar, format_lock
from kafkastack.artifacts.remotes import default_remote


def resolve(distribution: Distribution) -> list[LockedJar]:
    """Ask Maven which jars a distribution needs now, and read each of them once."""
    trust_system()
    base = default_remote().url or central()
    with tempfile.TemporaryDirectory() as folder, requests.Session() as session:
        context = MavenContext(repo_cache=Path(folder), remote_repos={"central": base}, timeout=30)
        excluded = [context.project(*name.split(":")) for name in EXCLUDED]
        # Without "!" jgo takes what a root merely manages (log4j: an older kafka-clients).
        roots = [context.create_dependency(f"{root}!", excluded) for root in distribution.roots]
        inputs, transitive = context.resolver.resolve(roots)
        return [
            _read(session, base, LockedJar(d.groupId, d.artifactId, d.version, 0, ""))
            for d in (*inputs, *transitive)
        ]


def _read(session: requests.Session, base: str, jar: LockedJar) -> LockedJar:
    answer = session.get(f"{base}/{jar.path}", timeout=60)
    answer.raise_for_status()
    digest = hashlib.sha256(answer.content).hexdigest()
    return LockedJar(jar.group, jar.artifact, jar.version, len(answer.content), digest)


def main(names: Sequence[str]) -> int:
    """Write the lock files of the named distributions, all without a name."""
    for name in names or DISTRIBUTIONS:
        text = format_lock(name, resolve(DISTRIBUTIONS[name]))
        (Path(__file__).parent / "locks" / f"{name}.lock").write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
