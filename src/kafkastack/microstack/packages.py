"""Packages of the cloud, and the folders of the cache where they are installed.

The service root is a Debian tree of its own, so nothing is installed on the host; the environment
is OpenStack's Python packages, made inside that tree by uv. Both are kept by what they hold.
"""

import hashlib
import os
import subprocess
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from msgspec import Struct
from uv import find_uv_bin

from kafkastack.artifacts.cache import cache_folder
from kafkastack.artifacts.certificates import uv_environment
from kafkastack.errors import DownloadError
from kafkastack.microstack.mmdebstrap import search_path
from kafkastack.system.files import locked, remove_tree
from kafkastack.system.folders import make_folder
from kafkastack.system.programs import OTHERS_READ

SUITE = "bookworm"
PACKAGES = (
    "ca-certificates",
    "e2fsprogs",
    "ethtool",
    "haproxy",
    "iproute2",
    "iptables",
    "iputils-ping",
    "kmod",
    "libvirt-clients",
    "libvirt-daemon",
    "libvirt-daemon-driver-lxc",
    "libvirt-daemon-driver-qemu",
    "libvirt-daemon-system",
    "mariadb-client",
    "mariadb-server",
    "mkisofs",
    "nftables",
    "openvswitch-switch",
    "ovn-central",
    "ovn-host",
    "procps",
    "python3",
    "python3-libvirt",
    "python3-venv",
    "qemu-system-x86",
    "qemu-utils",
    "rabbitmq-server",
)
# Nobody reads these there.
_LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
_SETUP = 'mkdir -p "$1/usr/share/man/man1"'  # packages' scripts link there
_INSTALL = """\
mount --bind "$2" "$1/opt/openstack"
mount --bind /dev "$1/dev"
for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt; do
    [ ! -e "$file" ] || mount --bind "$(readlink -f "$file")" "$1$file"
done
mount --bind "$3" "$1/mnt"
mount -t tmpfs tmpfs "$1/tmp"
cp "$4" "$1/tmp/uv"; cp "$5" "$1/tmp/requirements.txt"
export HOME=/root UV_CACHE_DIR=/mnt UV_LINK_MODE=copy
chroot "$1" /tmp/uv venv --quiet --clear --python /usr/bin/python3 /opt/openstack
chroot "$1" /tmp/uv pip install --no-deps --require-hashes --compile-bytecode \\
    --python /opt/openstack/bin/python -r /tmp/requirements.txt
for file in "$1"/usr/lib/python3/dist-packages/*libvirt*; do
    ln -s "/usr/lib/python3/dist-packages/${file##*/}" "$2"/lib/python3*/site-packages/
done
"""


class ServiceRoot(Struct, frozen=True):
    """A Debian tree with every daemon that OpenStack stands on, kept in `cache`."""

    cache: Path
    log: Path

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.cache / f"root-{_digest(SUITE, *PACKAGES, *_LEFT_OUT)}"

    def is_built(self) -> bool:
        """Report whether it is there, whole."""
        return self.path.exists()

    def build(self) -> None:
        """Install the packages; DownloadError with what mmdebstrap said last."""
        cache_folder(self.cache)
        with locked(self.cache / "root.lock"):
            if self.is_built():
                return
            part = self.path.with_suffix(".part")
            remove_tree(part)
            options = [f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT]
            _run(
                [
                    "mmdebstrap",
                    "--variant=minbase",
                    "--format=directory",
                    '--aptopt=Apt::Install-Recommends "false"',
                    *options,
                    f"--setup-hook={_SETUP}",
                    f"--include={','.join(PACKAGES)}",
                    SUITE,
                    str(part),
                ],
                self.log,
                "Debian's packages",
                path=search_path(self.cache),
            )
            for file in ("etc/resolv.conf", "etc/hostname"):  # the host's: the cloud has its own
                (part / file).unlink(missing_ok=True)
            for file in ("etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt"):
                (part / file).touch()
            make_folder(part / "opt/openstack")
            part.rename(self.path)


class Environment(Struct, frozen=True):
    """OpenStack's Python packages, locked with hashes, in an environment for the service root."""

    cache: Path
    root: ServiceRoot
    log: Path

    @property
    def path(self) -> Path:
        """Where it is; inside it is /opt/openstack."""
        locked_ = requirements().read_text()
        return self.cache / f"environment-{_digest(locked_, self.root.path.name, _INSTALL)}"

    @property
    def schemas(self) -> Path:
        """Where the tables that these versions' migrations make are kept."""
        return self.cache / f"schemas-{_digest(requirements().read_text())}"

    def is_built(self) -> bool:
        """Report whether it is there, whole."""
        return self.path.exists()

    def build(self) -> None:
        """Install the packages; DownloadError with what uv said last."""
        with locked(self.cache / "environment.lock"):
            if self.is_built():
                return
            part, wheels = self.path.with_suffix(".part"), self.cache / "wheels"
            remove_tree(part)
            for folder in (part, wheels):
                make_folder(folder)
            words = (self.root.path, part, wheels, find_uv_bin(), requirements())
            _run(
                ["unshare", "--mount", "--propagation", "private", "sh", "-euc", _INSTALL, "sh"]
                + [str(word) for word in words],
                self.log,
                "OpenStack's packages",
            )
            part.rename(self.path)


def requirements() -> Path:
    """Return OpenStack's packages, locked with hashes."""
    return Path(str(files("kafkastack.microstack") / "openstack-2025.1.txt"))


def _run(argv: Sequence[str], log: Path, what: str, path: str = "") -> None:
    make_folder(log.parent)
    with log.open("ab") as stream:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            env={**uv_environment(), "PATH": path or os.environ.get("PATH", os.defpath)},
            umask=OTHERS_READ,
            check=False,
        )
    if done.returncode:
        raise DownloadError(
            f"{what} cannot be installed",
            "check the network, and the mirrors that apt and uv are set to",
        )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
