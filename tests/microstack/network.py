"""A network of a test's own: interfaces and listeners on every address are there alone."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_NETWORK = 0x40000000  # CLONE_NEWNET
_HERE = "/proc/thread-self/ns/net"


@contextmanager
def own_network() -> Iterator[None]:
    """Let this thread, and all that it starts, be in a network with a way out through the host."""
    if not shutil.which("slirp4netns"):
        pytest.skip("a network of one's own needs a package: sudo apt-get install slirp4netns")
    name = f"ks-neighbours-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
    path, outside = Path("/run/netns") / name, os.open(_HERE, os.O_RDONLY)
    with _way_out(path):
        _enter(os.open(path, os.O_RDONLY))
        try:
            yield
        finally:
            _enter(outside)
    subprocess.run(["ip", "netns", "delete", name], check=True)


@contextmanager
def _way_out(network: Path) -> Iterator[None]:
    ready, told = os.pipe()
    words = ("--configure", "--disable-host-loopback", f"--ready-fd={told}")
    process = subprocess.Popen(
        ["slirp4netns", *words, "--netns-type=path", network, "tap0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[told],
    )
    os.close(told)
    with os.fdopen(ready) as pipe:
        assert pipe.read(1) == "1", "slirp4netns has not begun"
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _enter(network: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(network, _NETWORK):
        raise OSError(ctypes.get_errno(), "setns")
    os.close(network)
