"""A real virtual machine, emulated where nothing else is to be had, with a volume."""

import pytest

from tests.fakes.waiting import wait_until
from tests.microstack.conftest import MicroStack

pytestmark = [pytest.mark.root, pytest.mark.slow]


@pytest.fixture(scope="module")
def stack(made: MicroStack) -> MicroStack:
    """A cloud of virtual machines."""
    made("bootstrap", "--hypervisor", "qemu")
    made("configure")
    return made


@pytest.fixture(scope="module")
def login(stack: MicroStack) -> str:
    """What logs in to a machine."""
    return stack("launch", "vm", "--image", "tiny", "--flavor", "m1.tiny").strip()


def test_a_machine_boots_and_a_volume_is_attached_to_it(stack: MicroStack, login: str):
    assert stack.ssh(login, "hostname -f") == "vm.microstack"
    stack.openstack("volume", "create", "--size", "1", "data")
    _wait_for_volume(stack, "available")
    stack.openstack("server", "add", "volume", "vm", "data")
    _wait_for_volume(stack, "in-use")
    wait_until(
        lambda: "vdb" in stack.ssh(login, "cat /proc/partitions"), seconds=60, what="the volume"
    )
    stack.ssh(login, "sudo mkfs.ext4 -q /dev/vdb && sudo mount /dev/vdb /mnt && sudo umount /mnt")
    stack.openstack("server", "remove", "volume", "vm", "data")
    _wait_for_volume(stack, "available")


@pytest.mark.usefixtures("login")
def test_the_emulator_is_not_root(stack: MicroStack):
    words = ("-o", "uid=,args=", "-C", "qemu-system-x86_64")
    rows = stack.cloud.inside.run("ps", *words).splitlines()
    assert rows
    assert "0" not in {row.split()[0] for row in rows}


def _wait_for_volume(stack: MicroStack, status: str) -> None:
    words = ("volume", "show", "data", "-f", "value", "-c", "status")
    wait_until(lambda: stack.openstack(*words) == status, seconds=90, what=f"volume {status}")
