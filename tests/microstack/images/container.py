"""A system container of a test: the disk of an image as Nova's containers have it, mounted."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from kafkastack.microstack.images.build import Image
from tests.fakes.host import MACHINES
from tests.fakes.waiting import wait_until
from tests.machines.nspawn import Network
from tests.microstack.images import network_services as services
from tests.microstack.images.metadata import UUID
from tests.microstack.images.ssh import Login

_CGROUPS = [Path("/sys/fs/cgroup") / name for name in ("systemd", "unified")]
# The disk is mounted where only the container sees it, and is gone with it.
_BOOT = """\
mount -o loop "$1/disk.img" "$1/root"
exec systemd-nspawn --quiet --register=no --keep-unit --link-journal=no --console=pipe \
    --resolv-conf=off --setenv=LIBVIRT_LXC_UUID="$2" --machine="$3" --directory="$1/root" \
    --network-bridge=br0 /sbin/init
"""


@dataclass(frozen=True)
class Instance:
    """One container that runs."""

    login: Login
    folder: Path


@contextlib.contextmanager
def started(image: Image, folder: Path, key: Path, name: str) -> Generator[Instance]:
    """Boot a copy of an image's disk, grown to 1 GB, and wait for SSH."""
    disk = folder / "disk.img"
    subprocess.run(["cp", "--sparse=always", image.disk, disk], check=True)
    subprocess.run(["truncate", "--size=1G", disk], check=True)
    subprocess.run(["resize2fs", disk], check=True, capture_output=True)
    (folder / "root").mkdir()
    name = f"{name}-{os.getpid()}"  # no other suite's
    with _network(name, folder / "metadata") as network, _container(folder, name, network):
        through = ["nsenter", f"--net={network.path}"]
        login = Login(image.user, services.INSTANCE, key, through=through)
        login.wait(60)
        yield Instance(login, folder)


@contextlib.contextmanager
def _network(name: str, metadata: Path) -> Generator[Network]:
    network = Network(name)
    network.make()
    add = ["ip", "-n", name, "address", "add", f"{services.METADATA}/32", "dev", "br0"]
    subprocess.run(add, check=True)
    enter = ["nsenter", f"--net={network.path}"]
    words = [sys.executable, services.__file__, "br0", str(metadata)]
    with subprocess.Popen([*enter, *words], stderr=subprocess.DEVNULL) as serving:
        try:
            yield network
        finally:
            serving.kill()
            network.remove()


@contextlib.contextmanager
def _container(folder: Path, name: str, network: Network) -> Generator[None]:
    groups = [group / f"{MACHINES}{name}" for group in _CGROUPS if group.exists()]

    def join_cgroups() -> None:
        for group in groups:
            group.mkdir(exist_ok=True)
            (group / "cgroup.procs").write_text(str(os.getpid()))

    enter = ["nsenter", f"--net={network.path}", "unshare", "--mount", "--propagation", "private"]
    words = ["sh", "-ec", _BOOT, "sh", str(folder), UUID, name]
    with (
        (folder / "console.log").open("wb") as console,
        subprocess.Popen(
            [*enter, *words],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            preexec_fn=join_cgroups,
        ) as process,
    ):
        try:
            yield
        finally:
            for child in _children(process.pid):
                os.kill(child, signal.SIGKILL)
            process.wait(20)
            for group in groups:
                _remove(group)


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _remove(group: Path) -> None:
    for inner, _, _ in os.walk(group, topdown=False):
        wait_until(lambda inner=inner: _removed(Path(inner)), 10, f"the end of {inner}")


def _removed(group: Path) -> bool:
    with contextlib.suppress(OSError):
        group.rmdir()
    return not group.exists()
