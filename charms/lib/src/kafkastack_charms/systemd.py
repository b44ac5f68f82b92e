"""Services of a charm: unit files in its folder, and systemctl."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path


class SystemctlError(RuntimeError):
    """systemctl refused; the message is what it said."""


def enable_and_restart(unit_file: Path) -> None:
    """Run a service from its unit file in the charm's folder, now and after a reboot."""
    try:
        systemctl("enable", str(unit_file))
    except SystemctlError:
        unit_file.unlink(missing_ok=True)  # a file that stays is one that is enabled
        raise
    systemctl("restart", unit_file.name)


def is_active(service: str) -> bool:
    """Report whether a service runs."""
    return _run("is-active", service).returncode == 0


def restarts(service: str) -> int:
    """Return how often a service that exited was started again by itself."""
    told = _run("show", "--property=NRestarts", "--value", service).stdout.strip()
    return int(told) if told.isdecimal() else 0


def disable(unit_file: Path, timeout: float | None = None) -> None:
    """Stop a service for good and remove its unit file; after `timeout` seconds it is killed.

    A file that is there is a service that was enabled, so nothing is stopped twice.
    """
    if not unit_file.exists():
        return
    service = unit_file.name
    command = ("systemctl", "disable", "--now", service)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as stopping:
        try:
            _, errors = stopping.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            systemctl("kill", "--signal=SIGKILL", service)
            _, errors = stopping.communicate()
    # An earlier hook may have been interrupted between this line and the last one.
    if stopping.returncode and is_active(service):
        raise SystemctlError(f"systemctl disable {service}: {errors.strip()}")
    unit_file.unlink()


def systemctl(*arguments: str) -> None:
    """Run systemctl; SystemctlError with what it complains about."""
    done = _run(*arguments)
    if done.returncode:
        raise SystemctlError(f"systemctl {' '.join(arguments)}: {done.stderr.strip()}")


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(("systemctl", *arguments), capture_output=True, text=True, check=False)


def service_unit(description: str, command: Iterable[str], more: Iterable[str] = ()) -> str:
    """Return the unit file of a service that is kept running; `more` are lines of [Service]."""
    lines = (
        "[Unit]",
        f"Description={description}",
        "After=network.target",
        "StartLimitIntervalSec=0",  # systemd would give up after five attempts in ten seconds
        "",
        "[Service]",
        "Type=simple",
        f"ExecStart={' '.join(map(word, command))}",
        "Restart=always",
        "RestartSec=1",
        *more,
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    )
    return "".join(f"{line}\n" for line in lines)


def word(text: str) -> str:
    """Return a text as one word of a unit file, whatever characters it has."""
    escaped = text.replace("\\", "\\\\").replace("%", "%%").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"' if " " in escaped else escaped
