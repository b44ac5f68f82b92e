"""Early work of a controller, begun before most of it is imported, on an idle second core."""

import importlib
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from kafkastack.artifacts.integrity import check_resource
from kafkastack.artifacts.our_charms import charms_dir, default_artifact
from kafkastack.system import bounded

Begun = Mapping[str, Future[tuple[str, ...]]]
"""Readings of distributions, by name: what `check_resource` returns."""


def begin(cloud: str) -> Begun:
    """Make who will read charms, then read what a charm of ours on this host will run."""
    importlib.import_module("kafkastack.store.charm_source")  # once, for us and the reader
    bounded.fork()  # before there are threads
    if cloud != "local" or not charms_dir().is_dir():  # nothing of ours can be deployed then
        return {}
    threads = ThreadPoolExecutor(1)
    likely = default_artifact()
    reading = threads.submit(check_resource, likely)
    threads.shutdown(wait=False)
    return {likely.partition("/")[0]: reading}
