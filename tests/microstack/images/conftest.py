"""The images as their tests share them: built once, kept between runs; and a person's key."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kafkastack.microstack.images.build import Image, build

_NEEDED = {
    "mmdebstrap": "mmdebstrap",
    "genisoimage": "genisoimage",
    "ssh": "openssh-client",
    "systemd-nspawn": "systemd-container",
    "qemu-system-x86_64": "qemu-system-x86",
}


@pytest.fixture(scope="session")
def images() -> Callable[[str], Image]:
    """Return what gives an image by its name."""
    missing = [package for program, package in _NEEDED.items() if not shutil.which(program)]
    if missing:
        pytest.skip(f"guests need packages: sudo apt-get install {' '.join(missing)}")
    if os.geteuid():
        pytest.skip("images need root: sudo .venv/bin/python -m pytest -m root")
    folder = Path(os.environ.get("KAFKASTACK_TEST_CACHE", "/var/cache/kafkastack-test"))

    def image(name: str) -> Image:
        return build(name, cache=folder / "images", progress=print)

    return image


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a private key; its public one is beside it."""
    path = tmp_path_factory.mktemp("key") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path
