"""Obstacles to a cloud, reported before anything is changed, with what to type."""

import ipaddress
import os
import shutil
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kafkastack.clouds.protocol import Preflight
from kafkastack.microstack import preflight
from kafkastack.microstack.settings import PORTS, Settings
from tests.fakes.addresses import reserve_block


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "state", tmp_path / "cache", number=7)


def finding(settings: Settings, subject: str) -> Preflight:
    """Return what is found of a subject by all that is looked at."""
    cloud: Any = SimpleNamespace(settings=settings, inside=SimpleNamespace(leader=0))
    (found,) = (f for f in preflight.findings(cloud) if f.subject.startswith(subject))
    return found


def test_who_is_not_root_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    found = finding(settings, "root")

    assert not found.ok
    assert found.advice == "sudo kafkastack microstack bootstrap"


@pytest.mark.parametrize(
    ("release", "ok", "words"),
    [
        (("debian", "12"), True, "debian 12"),
        (("debian", "13"), True, "not proven"),
        (("ubuntu", "24.04"), True, "not proven"),
        (("fedora", "41"), False, "fedora 41 is not supported"),
        (("", ""), False, "this system is not supported"),
    ],
)
def test_a_system_is_proven_likely_or_refused(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    release: tuple[str, str],
    ok: bool,
    words: str,
):
    known = dict(zip(("ID", "VERSION_ID"), release, strict=True))
    monkeypatch.setattr(preflight.platform, "freedesktop_os_release", lambda: known)

    found = finding(settings, "system")

    assert (found.ok, words in found.message) == (ok, True)


def test_too_little_memory_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(preflight, "_MEMORY_GB", 1e6)

    found = finding(settings, "memory")

    assert not found.ok
    assert "1000000 GB are needed" in found.message


def test_too_little_disk_is_told_of_each_folder(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    full = SimpleNamespace(free=1024**3)
    monkeypatch.setattr(preflight.shutil, "disk_usage", lambda _: full)

    for folder in (settings.state, settings.cache):
        found = finding(settings, f"disk of {folder}")
        assert not found.ok
        assert "1.0 GB free, 6 GB are needed" in found.message


@pytest.mark.parametrize(
    ("lacking", "package"),
    [
        ({"nsenter"}, "util-linux"),
        ({"ssh-keygen"}, "openssh-client"),
        ({"mmdebstrap", "apt-get"}, "mmdebstrap"),
        ({"mmdebstrap", "cpan"}, "mmdebstrap"),
    ],
)
def test_a_program_that_is_missing_is_told_by_its_package(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, lacking: set[str], package: str
):
    there = shutil.which
    monkeypatch.setattr(
        preflight.shutil,
        "which",
        lambda name, path=None: None if name in lacking else there("sh", path=path),
    )

    found = finding(settings, "programs")

    assert (found.ok, found.advice) == (False, f"sudo apt install {package}")


def test_an_interface_of_our_name_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Settings, "link", "lo")

    assert not finding(settings, "interface lo").ok


def test_a_route_into_our_network_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    theirs = [ipaddress.IPv4Network("0.0.0.0/0"), ipaddress.IPv4Network("172.24.0.0/16")]
    monkeypatch.setattr(preflight, "_routes", lambda: theirs)

    found = finding(settings, f"network {settings.external}")

    assert not found.ok
    assert found.message == "this host has a route to 172.24.0.0/16"


def test_a_port_that_somebody_holds_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Settings, "address", f"{reserve_block()}.1")

    with socket.create_server((settings.address, PORTS["keystone"])):
        found = finding(settings, "ports on")

    assert not found.ok
    assert "5000" in found.message
    assert "sport = :5000" in found.advice


def test_what_stops_is_told_first(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(preflight, "_MEMORY_GB", 1e6)
    cloud: Any = SimpleNamespace(settings=settings, inside=SimpleNamespace(leader=0))

    assert not preflight.findings(cloud)[0].ok
