"""Debian is an instance like any other: cloud-init does what user data and metadata say."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kafkastack.microstack.images.build import Image
from tests.microstack.images.container import Instance, started
from tests.microstack.images.metadata import write_metadata
from tests.microstack.images.network_services import MTU

pytestmark = [pytest.mark.root, pytest.mark.slow]
USER_DATA = """\
#cloud-config
fqdn: demo.example.org
write_files:
- {path: /etc/told, content: hello}
runcmd: ["cp /etc/told /root/ran"]
"""


@pytest.fixture(scope="module")
def debian(
    images: Callable[[str], Image], key: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Instance]:
    folder = tmp_path_factory.mktemp("debian")
    write_metadata(folder / "metadata", key.with_suffix(".pub").read_text(), USER_DATA)
    with started(images("debian"), folder, key, "ks-image") as instance:
        instance.login.run("cloud-init status --wait")
        yield instance


def test_it_runs_and_nothing_of_it_has_failed(debian: Instance) -> None:
    assert debian.login.run("systemctl is-system-running --wait") == "running"
    assert debian.login.run("sudo grep -E 'WARN|ERR' /var/log/cloud-init.log || :") == ""


def test_it_has_the_full_name_that_user_data_gives(debian: Instance) -> None:
    assert debian.login.run("hostname; hostname -f").split() == ["demo", "demo.example.org"]


def test_what_user_data_asks_for_is_done(debian: Instance) -> None:
    assert debian.login.run("sudo cat /root/ran") == "hello"


def test_its_only_host_key_is_its_own(debian: Instance) -> None:
    assert debian.login.run("ls /etc/ssh/*_key") == "/etc/ssh/ssh_host_ed25519_key"


def test_address_route_size_of_packets_and_name_server_come_from_dhcp(debian: Instance) -> None:
    said = debian.login.run("ip link show dev host0; ip route; resolvectl dns")

    assert f"mtu {MTU}" in said
    assert "default via 10.77.0.254" in said
    assert "192.0.2.53" in said


def test_systemd_has_a_control_group_of_its_own(debian: Instance) -> None:
    said = debian.login.run("stat --file-system --format=%T /sys/fs/cgroup; cat /proc/1/cgroup")

    assert said.startswith("cgroup2fs")
    assert "0::/init.scope" in said


def test_charms_find_what_they_run_on(debian: Instance) -> None:
    debian.login.run("python3 --version && perl -e 1 && sudo systemctl daemon-reload")
    assert 'version "17.' in debian.login.run("java -version 2>&1")


def test_it_knows_nothing_of_the_machine_that_built_it(debian: Instance) -> None:
    assert debian.login.run("ls -l /etc/resolv.conf").endswith("/resolve/stub-resolv.conf")
    assert debian.login.run("ls /etc/apt/apt.conf.d /etc/apt/sources.list.d").split() == [
        "/etc/apt/apt.conf.d:",
        "01autoremove",
        "70debconf",
        "/etc/apt/sources.list.d:",
    ]
