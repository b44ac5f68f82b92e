"""A virtual machine of a test: QEMU without KVM, on a network of QEMU's own."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kafkastack.microstack.images.build import Image
from tests.fakes.waiting import wait_until
from tests.microstack.images import answer
from tests.microstack.images.ssh import Login


@dataclass(frozen=True)
class Machine:
    """One machine that runs."""

    process: subprocess.Popen[bytes]
    login: Login
    folder: Path

    def say(self, command: str) -> None:
        """Give QEMU's monitor a command, and wait until it has taken it."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(str(self.folder / "monitor"))
            monitor.sendall(f"{command}\n".encode())
            said = b""
            while said.count(b"(qemu)") < 2:
                said += monitor.recv(4096)

    @property
    def console(self) -> str:
        """What the machine has printed."""
        return (self.folder / "console.log").read_text(errors="replace")


@contextlib.contextmanager
def booted(
    image: Image, folder: Path, key: Path, metadata: Path | None, extra: Sequence[str] = ()
) -> Generator[Machine]:
    """Boot a machine from a copy of an image and wait for SSH; `metadata` is for the service."""
    disk = folder / "disk.img"
    if not disk.exists():
        subprocess.run(["cp", "--sparse=always", image.disk, disk], check=True)
        subprocess.run(["truncate", "--size=1G", disk], check=True)
    port = _free_port()
    with subprocess.Popen(
        [*_words(image, folder, port, metadata), *extra], stdin=subprocess.DEVNULL
    ) as process:
        machine = Machine(process, Login(image.user, "127.0.0.1", key, port), folder)
        try:
            wait_until(lambda: (folder / "monitor").exists(), 10, "QEMU")
            machine.login.wait(120)
            yield machine
        finally:
            process.kill()
            (folder / "monitor").unlink(missing_ok=True)


def _words(image: Image, folder: Path, port: int, metadata: Path | None) -> list[str]:
    network = "user,id=net,net=169.254.169.0/24,host=169.254.169.2,dhcpstart=169.254.169.15"
    network += f",hostfwd=tcp:127.0.0.1:{port}-:22"
    if metadata:
        network += f",guestfwd=tcp:169.254.169.254:80-cmd:{sys.executable} {answer.__file__}"
        network += f" {metadata}"
    return [
        "qemu-system-x86_64",
        *("-accel", "tcg,tb-size=128", "-machine", "pc", "-m", "256", "-display", "none"),
        *("-serial", f"file:{folder}/console.log"),
        *("-monitor", f"unix:{folder}/monitor,server,nowait"),
        *("-kernel", str(image.kernel), "-initrd", str(image.ramdisk)),
        *("-append", image.properties["os_command_line"]),
        *("-drive", f"file={folder}/disk.img,if=virtio,format=raw,cache=unsafe"),
        *("-netdev", network, "-device", "virtio-net-pci,netdev=net"),
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
