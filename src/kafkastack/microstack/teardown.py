"""Stop of a cloud, and its removal, after which the host is as before."""

import contextlib
import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

from kafkastack.errors import KafkastackError
from kafkastack.microstack import access
from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.settings import Settings
from kafkastack.system.files import remove_tree
from kafkastack.system.programs import run

_INSTANCES_SECONDS = 20.0
_SERVICES_SECONDS = 60.0
_LINK_SECONDS = 10.0
_POLL_SECONDS = 0.1
# All that an installation puts into its folder: nothing else in it is ever removed.
_PARTS = (
    "ca.pem",
    "data",
    "done",
    "given.json",
    "hypervisor",
    "lock",
    "log",
    "microstack-key",
    "microstack-key.pub",
    "namespaces.pid",
    "root",
    "secrets.json",
    "upper",
    "work",
)

Tell = Callable[[str], None]


def stop(cloud: Cloud, tell: Tell) -> None:
    """End the instances, then the services, each with time to end well; fine if it is stopped."""
    leader = cloud.inside.leader
    if leader:
        tell("stopping instances")
        cloud.stop("nova-compute")
        _stop_instances(cloud)
        tell("stopping services")
        os.kill(leader, signal.SIGTERM)
        _wait(lambda: cloud.inside.leader != leader, _SERVICES_SECONDS)
    _end(cloud)


def destroy(cloud: Cloud, tell: Tell) -> None:
    """Remove the cloud, whole or half-built; fine if there is none."""
    settings = cloud.settings
    tell("ending every process")
    _end(cloud)
    tell(f"removing {settings.state}")
    for person in access.given(cloud):
        access.take(person)
    for name in _PARTS:
        remove_tree(settings.state / name)
    for folder in (settings.state, settings.state.parent):
        with contextlib.suppress(OSError):
            folder.rmdir()


def purge(settings: Settings) -> None:
    """Remove what was downloaded and built for clouds."""
    shutil.rmtree(settings.cache, ignore_errors=True)


def _stop_instances(cloud: Cloud) -> None:
    for uri in ("lxc:///system", "qemu:///system"):
        virsh = ("virsh", "--connect", uri)
        with contextlib.suppress(KafkastackError):
            for name in cloud.inside.run(*virsh, "list", "--name").split():
                with contextlib.suppress(KafkastackError):
                    cloud.inside.run(*virsh, "shutdown", name)
            _wait(
                lambda virsh=virsh: not cloud.inside.run(*virsh, "list", "--name").split(),
                _INSTANCES_SECONDS,
            )


def _end(cloud: Cloud) -> None:
    """End what is left, and wait until the kernel has removed the link to the host."""
    cloud.inside.end()
    _detach_disks(cloud.settings.state / "data")
    link = Path("/sys/class/net") / cloud.settings.link
    _wait(lambda: not link.exists(), _LINK_SECONDS)


def _detach_disks(folder: Path) -> None:
    """Detach the loop devices of files in a folder: those of containers do not go by themselves.

    A device's file is known by its number: its name is as somebody in the cloud saw it.
    """
    files = (file.lstat() for file in folder.rglob("*") if file.is_file())
    ours = {f"{os.major(file.st_dev)}:{os.minor(file.st_dev)} {file.st_ino}" for file in files}
    columns = ("--json", "--output", "NAME,BACK-INO,BACK-MAJ:MIN")
    listed = run(["losetup", "--list", *columns], timeout=10)
    known = "" if listed.returncode else listed.output  # it may be on root's path alone
    for device in json.loads(known or "{}").get("loopdevices", []):
        if f"{device['back-maj:min'].strip()} {device['back-ino']}" in ours:
            run(["losetup", "--detach", device["name"]], timeout=10)


def _wait(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
