"""Load that a running MicroStack bears: instances by the dozen, and response times of its APIs.

Takes the cloud that KAFKASTACK_MICROSTACK names (or the usual one), configured.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import measure

from kafkastack.microstack import demo
from kafkastack.microstack.catalog import connect
from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.hypervisors import HYPERVISORS, chosen
from kafkastack.microstack.settings import default_settings

OPENSTACK = Path(sys.executable).with_name("openstack")
PATIENCE = 600.0
CALLS = 20


def main() -> None:
    """Make and delete instances, time the APIs, and write what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=20)
    parser.add_argument("--at-once", type=int, default=10)
    asked = parser.parse_args()
    load, cloud = os.getloadavg()[0], Cloud(default_settings())
    calls = {
        f"openstack {words}": percentiles(lambda words=words: command(cloud, words))
        for words in ("token issue", "server list")
    }
    with ThreadPoolExecutor(asked.at_once) as pool:
        lives = list(pool.map(lambda number: life(cloud, f"load-{number}"), range(asked.count)))
    result = {
        "hypervisor": chosen(cloud),
        "instances": asked.count,
        "at once": asked.at_once,
        "errors": sum(life is None for life in lives),
        "create to ACTIVE s": measure.spread([life[0] for life in lives if life]),
        "delete to gone s": measure.spread([life[1] for life in lives if life]),
        **calls,
    }
    measure.save("microstack-load", result, load)


def life(cloud: Cloud, name: str) -> tuple[float, float] | None:
    """Make an instance and delete it; return how long each took, None if it failed."""
    with connect(cloud, demo.USER, demo.PROJECT) as connection:
        compute = connection.compute
        began = time.monotonic()
        server = compute.create_server(
            name=name,
            image_id=connection.image.find_image(HYPERVISORS[chosen(cloud)].images[0]).id,
            flavor_id=compute.find_flavor("m1.tiny").id,
            networks=[{"uuid": connection.network.find_network(demo.NETWORK).id}],
        )
        try:
            compute.wait_for_server(server, wait=PATIENCE)
            active = time.monotonic()
            compute.delete_server(server)
            compute.wait_for_delete(server, wait=PATIENCE)
        except Exception as error:  # counted, whatever it was
            print(f"{name}: {error}", file=sys.stderr)
            return None
        return active - began, time.monotonic() - active


def command(cloud: Cloud, words: str) -> None:
    """Run OpenStack's own command."""
    measure.run([str(OPENSTACK), "--os-cloud", cloud.settings.name, *words.split()])


def percentiles(act: Callable[[], None]) -> dict[str, float]:
    """Return the 50th and the 95th percentile of an act's seconds."""
    seconds = []
    for _ in range(CALLS):
        began = time.monotonic()
        act()
        seconds.append(time.monotonic() - began)
    cuts = statistics.quantiles(seconds, n=20)
    return {"p50": round(cuts[9], 2), "p95": round(cuts[18], 2)}


if __name__ == "__main__":
    main()
