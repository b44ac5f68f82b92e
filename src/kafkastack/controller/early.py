"""What a controller begins before most of it is imported: a second core has nothing to do then."""

import importlib
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from kafkastack.artifacts.distributions import LIKELY
from kafkastack.artifacts.integrity import check_resource
from kafkastack.system import bounded

Begun = Mapping[str, Future[tuple[str, ...]]]
"""Readings of distributions, by name: what `check_resource` returns."""


def begin(cloud: str) -> Begun:
    """Make who will read charms, then read what a charm of ours on this host will run."""
    importlib.import_module("kafkastack.store.charm_source")  # once, for us and the reader
    bounded.fork()  # before there are threads
    if cloud != "local":
        return {}
    threads = ThreadPoolExecutor(1)
    reading = threads.submit(check_resource, LIKELY)
    threads.shutdown(wait=False)
    return {LIKELY.partition("/")[0]: reading}
