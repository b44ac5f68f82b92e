"""How this machine runs the server: files, services, Java."""

from __future__ import annotations

import logging
import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

logger = logging.getLogger(__name__)

SERVER, WATCHER = "kafka.service", "kafka-watcher.service"
USER = "kafka"


class CannotInstallError(Exception):
    """Something is missing on this machine; the message says what to do."""


def find_java() -> str:
    """Return the path of Java, installing it where this is a machine of our own."""
    if not shutil.which("java") and os.geteuid() == 0 and shutil.which("apt-get"):
        _install_java()
    java = shutil.which("java")
    if java is None:
        raise CannotInstallError("no java here and no right to install it: install a JRE 17")
    return java


def _install_java() -> None:
    for words in (("update",), ("install", "--yes", "default-jre-headless")):
        done = subprocess.run(("apt-get", "-q", *words), capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise CannotInstallError(f"apt-get {words[0]} failed: {' '.join(reason)}")


def find_user() -> str | None:
    """Return the system user of the broker, made where we may, or None to run as we are."""
    if os.geteuid() != 0:
        return None
    if not _exists(USER) and shutil.which("useradd"):
        words = ("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER)
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode:
            logger.warning("the broker runs as root: %s", done.stderr.strip())
    return USER if _exists(USER) else None


def _exists(user: str) -> bool:
    with suppress(KeyError):
        return bool(pwd.getpwnam(user))
    return False


def make_folders(folders: tuple[Path, ...], user: str | None) -> None:
    """Make the folders of the broker, closed to everybody else."""
    for folder in folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _give(folder, user)


def write(files: Mapping[Path, str], user: str | None, mode: int = 0o600) -> None:
    """Replace each file in one step, readable by the broker only."""
    for path, text in files.items():
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
            file.write(text)
        _give(fresh, user)
        fresh.replace(path)


def _give(path: Path, user: str | None) -> None:
    if user:
        shutil.chown(path, user, user)


def read(path: Path) -> str:
    """Return a file's text, empty where there is none."""
    with suppress(FileNotFoundError):
        return path.read_text()
    return ""


def changed(files: Mapping[Path, str]) -> dict[Path, str]:
    """Return the files that differ from what is on disk, those too that are to be empty."""
    return {p: text for p, text in files.items() if not p.exists() or read(p) != text}


def enable_and_restart(unit_file: Path) -> None:
    """Run a service from its unit file in the charm's folder, now and after a reboot."""
    systemctl("enable", str(unit_file))
    systemctl("restart", unit_file.name)


def is_active(service: str) -> bool:
    """Tell whether a service runs."""
    command = ("systemctl", "is-active", service)
    return subprocess.run(command, capture_output=True).returncode == 0


def retire(unit_file: Path, patience: float | None = None) -> None:
    """Stop a service for good, and forget its unit file; one that takes too long is killed.

    A file that is there is a service that was enabled, so nothing is stopped twice.
    """
    if not unit_file.exists():
        return
    service = unit_file.name
    with subprocess.Popen(
        ("systemctl", "disable", "--now", service), stderr=subprocess.PIPE, text=True
    ) as stopping:
        try:
            _, said = stopping.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            systemctl("kill", "--signal=SIGKILL", service)
            _, said = stopping.communicate()
    # An earlier hook may have been interrupted between this line and the last one.
    if stopping.returncode and is_active(service):
        raise RuntimeError(f"systemctl disable {service}: {said.strip()}")
    unit_file.unlink()


def systemctl(*words: str) -> None:
    """Run systemctl; what it complains about ends the hook and is shown."""
    done = subprocess.run(("systemctl", *words), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"systemctl {' '.join(words)}: {done.stderr.strip()}")


def memory() -> int:
    """Return the bytes of memory of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
