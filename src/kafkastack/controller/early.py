"""What a controller begins before most of it is imported: a second core has nothing to do then."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from kafkastack.artifacts.distributions import LIKELY
from kafkastack.artifacts.integrity import check_resource
from kafkastack.system import bounded

Begun = Mapping[str, Future[tuple[str, ...]]]
"""Readings of distributions, by name: what `check_resource` returns."""


def begin(cloud: str) -> Begun:
    """Start who will read charms, and read what a charm of ours on this host will run."""
    bounded.start("kafkastack.store.charm_source")
    if cloud != "local":
        return {}
    threads = ThreadPoolExecutor(1)
    reading = threads.submit(check_resource, LIKELY)
    threads.shutdown(wait=False)
    return {LIKELY.partition("/")[0]: reading}
