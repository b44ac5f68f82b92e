"""Image of the test machines: a Debian root filesystem, built once from packages and kept."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

SUITE = "bookworm"
PACKAGES = (
    "dbus",
    "iproute2",
    "libnss-myhostname",
    "openjdk-17-jre-headless",
    "openssh-server",
    "perl-base",
    "procps",
    "python3",
    "sudo",
    "systemd",
    "systemd-sysv",
)
NEEDED = {
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "nsenter": "util-linux",
    "ip": "iproute2",
}
# Nothing of these helps a charm, and each costs memory or time at every boot.
_MASKED = (
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "getty.target",
    "systemd-logind.service",
)
# As cloud images have it: nobody logs in as root, who may become it is called like the system.
_LOGIN = """\
chroot "$1" useradd --create-home --shell /bin/bash debian
echo 'debian ALL=(ALL) NOPASSWD:ALL' > "$1/etc/sudoers.d/debian"
chroot "$1" systemctl disable ssh.service
"""


def why_not() -> str:
    """Return what to type so that this host can run test machines; "" if it can."""
    missing = [package for program, package in NEEDED.items() if not shutil.which(program)]
    if missing:
        return f"containers need packages: sudo apt-get install {' '.join(missing)}"
    return "containers need root: sudo .venv/bin/python -m pytest -m root" if os.geteuid() else ""


def cache_folder() -> Path:
    """Return where images are kept between runs."""
    default = "/var/cache/kafkastack-test"
    return Path(os.environ.get("KAFKASTACK_TEST_CACHE", default))


def image() -> Path:
    """Return the root filesystem, building it (half a minute) the first time."""
    digest = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    folder = cache_folder() / f"{SUITE}-{digest}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _build(folder)
    return folder


def _build(folder: Path) -> None:
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    subprocess.run(
        [
            "mmdebstrap",
            "--quiet",
            "--variant=minbase",
            "--format=directory",
            f"--include={','.join(PACKAGES)}",
            '--setup-hook=mkdir -p "$1/usr/share/man/man1"',  # the JRE's postinst links there
            f"--customize-hook={_LOGIN}",
            SUITE,
            str(part),
        ],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    for unit in _MASKED:
        (part / "etc/systemd/system" / unit).symlink_to("/dev/null")
    (part / "etc/machine-id").write_text("")
    (part / "etc/hostname").unlink()  # the build host's: a machine has the name it is booted with
    # The worst that a company's network has: names are asked for, and nobody ever answers.
    (part / "etc/resolv.conf").unlink(missing_ok=True)
    (part / "etc/resolv.conf").write_text("nameserver 192.0.2.53\n")
    part.rename(folder)
