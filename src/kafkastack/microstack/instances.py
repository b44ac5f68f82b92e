"""Launch of an instance, and its proof: active, reached by SSH over its floating IP."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from kafkastack.errors import ConflictError, KafkastackError, NotFoundError, TimeoutExceededError
from kafkastack.microstack import demo
from kafkastack.microstack.catalog import connect
from kafkastack.microstack.cloud import Cloud

_ACTIVE_SECONDS = 180.0
_SSH_SECONDS = 240.0
_POLL_SECONDS = 0.5

Tell = Callable[[str], None]


class Launched(Struct, frozen=True):
    """An instance that answers: its address, and the words that log in."""

    name: str
    address: str
    ssh: tuple[str, ...]


class LaunchRequest(Struct, frozen=True):
    """What is launched."""

    name: str
    image: str
    flavor: str
    user: str
    key: Path


def launch(cloud: Cloud, wish: LaunchRequest, tell: Tell) -> Launched:
    """Launch an instance of the demo project, and log in; ConflictError if its name is taken."""
    with connect(cloud, demo.USER, demo.PROJECT) as connection:
        compute = connection.compute
        if compute.find_server(wish.name):
            raise ConflictError(
                f'an instance "{wish.name}" is there already',
                f"choose another name, or: openstack server delete {wish.name}",
            )
        image = _found(connection.image.find_image(wish.image), "image", wish.image)
        flavor = _found(compute.find_flavor(wish.flavor), "flavor", wish.flavor)
        network = _found(connection.network.find_network(demo.NETWORK), "network", demo.NETWORK)
        tell("creating")
        server = compute.create_server(
            name=wish.name,
            image_id=image.id,
            flavor_id=flavor.id,
            networks=[{"uuid": network.id}],
            key_name=demo.KEYPAIR,
        )
        tell("waiting for it to be ACTIVE")
        server = _wait_until_active(compute, server)
        address = _give_address(connection, server)
        tell(f"waiting for SSH on {address}")
    ssh = ssh_words(wish.user, address, wish.key)
    _wait_for_ssh(wish.name, ssh)
    return Launched(wish.name, address, ssh)


def ssh_words(user: str, address: str, key: Path) -> tuple[str, ...]:
    """Return the command that logs in; a new instance may have an old one's address."""
    options = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null")
    return ("ssh", "-i", str(key), *options, "-o", "LogLevel=ERROR", f"{user}@{address}")


def _found(what: Any, kind: str, name: str) -> Any:
    if what is None:
        raise NotFoundError(
            f'there is no {kind} "{name}"',
            f"kafkastack microstack configure, or: openstack {kind} list",
        )
    return what


def _wait_until_active(compute: Any, server: Any) -> Any:
    deadline = time.monotonic() + _ACTIVE_SECONDS
    while time.monotonic() < deadline:
        server = compute.get_server(server.id)
        if server.status == "ACTIVE":
            return server
        if server.status == "ERROR":
            reason = str(server.fault["message"]) if server.fault else "no reason is given"
            raise KafkastackError(
                f'instance "{server.name}" failed: {reason}',
                f"openstack server show {server.name}, then openstack server delete {server.name}",
            )
        time.sleep(_POLL_SECONDS)
    raise TimeoutExceededError(
        f'instance "{server.name}" is still {server.status}',
        f"openstack server show {server.name}",
    )


def _give_address(connection: Any, server: Any) -> str:
    external = connection.network.find_network(demo.EXTERNAL_NETWORK)
    port = next(iter(connection.network.ports(device_id=server.id)))
    floating = connection.network.create_ip(
        floating_network_id=external.id, port_id=port.id, description=server.name
    )
    return str(floating.floating_ip_address)


def _wait_for_ssh(name: str, ssh: tuple[str, ...]) -> None:
    deadline, said = time.monotonic() + _SSH_SECONDS, ""
    patience = ("-o", "ConnectTimeout=3", "-o", "BatchMode=yes")
    while time.monotonic() < deadline:
        done = subprocess.run(
            [*ssh[:1], *patience, *ssh[1:], "true"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return
        said = done.stderr.strip()
        time.sleep(_POLL_SECONDS)
    raise TimeoutExceededError(
        f'instance "{name}" does not let us in by SSH: {said}',
        f"openstack console log show {name}",
    )
