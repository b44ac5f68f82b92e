"""The tiny guest is a real machine within seconds: its name, its key, its disk, its volume."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kafkastack.microstack.images.build import Image
from tests.fakes.waiting import wait_until
from tests.microstack.images.machine import Machine, booted
from tests.microstack.images.metadata import write_metadata

pytestmark = [pytest.mark.root, pytest.mark.slow]
Images = Callable[[str], Image]
HOST_KEY = "sudo sha256sum /etc/dropbear/host_key"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tiny")


@pytest.fixture(scope="module")
def tiny(images: Images, key: Path, folder: Path) -> Iterator[Machine]:
    public = key.with_suffix(".pub").read_text()
    write_metadata(folder / "metadata", public, "#!/bin/sh\necho told > /home/tiny/told\n")
    with booted(images("tiny"), folder, key, folder / "metadata") as machine:
        yield machine


def test_it_has_the_name_that_nova_gave_it(tiny: Machine) -> None:
    assert tiny.login.run("hostname; hostname -f").split() == ["demo", "demo.novalocal"]


def test_its_console_says_who_it_is_and_where(tiny: Machine) -> None:
    assert "tiny: demo.novalocal is ready at 169.254.169.15" in tiny.console


def test_its_user_becomes_root_without_a_password(tiny: Machine) -> None:
    assert tiny.login.run("id -un; sudo id -un").split() == ["tiny", "root"]


def test_only_root_is_root(tiny: Machine) -> None:
    assert tiny.login.try_("touch /etc/passwd").returncode != 0


def test_a_user_pings(tiny: Machine) -> None:
    assert "1 packets received" in tiny.login.run("ping -c 1 -w 5 169.254.169.2")


def test_it_reads_its_metadata(tiny: Machine) -> None:
    url = "http://169.254.169.254/openstack/latest/meta_data.json"

    assert '"name": "demo"' in tiny.login.run(f"curl -s {url}")


def test_user_data_that_is_a_program_is_run(tiny: Machine) -> None:
    wait_until(lambda: tiny.login.try_("cat /home/tiny/told").stdout == "told\n", 30, "the run")


def test_its_disk_is_as_large_as_the_flavor_says(tiny: Machine) -> None:
    def size() -> int:
        return int(tiny.login.run("df -m / | tail -n 1").split()[1])

    wait_until(lambda: size() > 900, 30, "the growth")


def test_the_tools_that_acceptance_tests_ask_for_are_there(tiny: Machine) -> None:
    for command in (
        "ip -o link",
        "lsblk -lb --nodeps",
        "cut -f1 -d. /proc/uptime",
        "cat /run/udhcpc.eth0.pid",
        "sudo blkid -t LABEL=root -o device",
        "nc -h 2>&1 | grep -q port",
    ):
        tiny.login.run(command)


def test_a_volume_that_is_attached_can_be_used(tiny: Machine, folder: Path) -> None:
    with (folder / "volume.img").open("wb") as volume:
        volume.truncate(100 * 1024**2)
    tiny.say(f"drive_add 0 if=none,file={folder}/volume.img,format=raw,id=volume")
    tiny.say("device_add virtio-blk-pci,drive=volume,id=attached")
    wait_until(lambda: tiny.login.try_("test -b /dev/vdb").returncode == 0, 20, "/dev/vdb")

    tiny.login.run("sudo mkfs.ext4 -q /dev/vdb && sudo mount /dev/vdb /mnt")
    tiny.login.run("sudo sh -c 'echo kept > /mnt/file' && sudo umount /mnt")

    listed = subprocess.run(
        ["debugfs", "-R", "cat /file", folder / "volume.img"], capture_output=True, check=True
    )
    assert listed.stdout == b"kept\n"


def test_it_goes_down_when_its_power_button_is_pressed(
    images: Images, key: Path, tmp_path: Path
) -> None:
    """And finds itself again on its disk, with what a config drive says this time."""
    drive = config_drive(tmp_path, key, "#cloud-config\nfqdn: other.example.org\n")
    words = ["-drive", f"file={drive},if=ide,media=cdrom"]
    with booted(images("tiny"), tmp_path, key, None, words) as machine:
        assert machine.login.run("hostname -f") == "other.example.org"
        first = machine.login.run(HOST_KEY)
        machine.login.run("echo kept > kept; sync")
        machine.say("system_powerdown")
        machine.process.wait(20)

    with booted(images("tiny"), tmp_path, key, None, words) as machine:
        assert machine.login.run("cat kept") == "kept"
        assert machine.login.run(HOST_KEY) == first


def config_drive(folder: Path, key: Path, user_data: str) -> Path:
    write_metadata(folder / "drive", key.with_suffix(".pub").read_text(), user_data)
    path = folder / "drive.iso"
    words = ["genisoimage", "-quiet", "-J", "-r", "-V", "config-2", "-o", path, folder / "drive"]
    subprocess.run(words, check=True)
    return path
