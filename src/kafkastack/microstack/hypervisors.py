"""Kind of instance for this host, and the reason: as asked for, else by a probe."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.images.build import build

_PROBE_SECONDS = 20
# The kernel boots, has nothing to run, and says so: QEMU ends then, as it may not reboot.
_PROBE = (
    *("timeout", "--kill-after=1", str(_PROBE_SECONDS), "qemu-system-x86_64"),
    *("-accel", "kvm", "-cpu", "host", "-m", "256", "-display", "none", "-no-reboot"),
    *("-serial", "stdio", "-monitor", "none", "-kernel", "/run/probe"),
    *("-append", "console=ttyS0 panic=-1 root=none"),
)
_BOOTED = "Kernel panic"


class Hypervisor(Struct, frozen=True):
    """A kind of instance: why it was chosen, what it cannot do, which images it boots first."""

    reason: str
    limits: tuple[str, ...]
    images: tuple[str, ...]


HYPERVISORS: Mapping[str, Hypervisor] = {
    "kvm": Hypervisor("a guest boots with /dev/kvm", (), ("debian-vm", "tiny")),
    "lxc": Hypervisor(
        "no guest boots with /dev/kvm here, or it was asked for: instances are system containers",
        (
            "for trusted work only: root of an instance is root of this host with fewer rights",
            "no volumes are attached to instances, and none is moved",
            "programs see the host's processors and memory: give Java its -Xmx",
        ),
        ("debian",),
    ),
    "qemu": Hypervisor(
        "it was asked for: guests are emulated",
        ("about ten times slower than the host",),
        ("tiny", "debian-vm"),
    ),
}


def chosen(cloud: Cloud) -> str:
    """Return the hypervisor of an installation."""
    if not is_chosen(cloud):
        raise NotFoundError(
            "the cloud is half-built: it has no hypervisor yet",
            "to go on: kafkastack microstack bootstrap",
        )
    return _record(cloud).read_text()


def is_chosen(cloud: Cloud) -> bool:
    """Report whether it is decided."""
    return _record(cloud).exists()


def choose(cloud: Cloud) -> None:
    """Decide it, once: by what was asked for, else by booting a kernel."""
    asked = cloud.settings.hypervisor
    kind = asked if asked != "auto" else ("kvm" if _boots_with_kvm(cloud) else "lxc")
    _record(cloud).write_text(kind)


def _boots_with_kvm(cloud: Cloud) -> bool:
    """Boot a kernel: a device that is there may still not run one (in a virtual machine)."""
    if not Path("/dev/kvm").exists():
        return False
    image = build("tiny", cache=cloud.settings.cache / "images", progress=lambda _: None)
    if image.kernel is None:
        return False
    shutil.copy(image.kernel, cloud.inside.path("/run/probe"))
    try:
        said = cloud.inside.run(*_PROBE, log="hypervisor", timeout=2 * _PROBE_SECONDS)
    except KafkastackError:
        return False
    return _BOOTED in said


def _record(cloud: Cloud) -> Path:
    return cloud.settings.state / "hypervisor"
