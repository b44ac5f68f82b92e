"""Which kind of instance this host can have, and why: what was asked for, else by a probe."""

from collections.abc import Mapping, Sequence

from kafkastack.microstack.cloud import Cloud

REASONS: Mapping[str, str] = {
    "kvm": "a guest booted with /dev/kvm",
    "lxc": "no guest boots with /dev/kvm here, so instances are system containers",
    "qemu": "it was asked for: guests are emulated",
}
LIMITS: Mapping[str, Sequence[str]] = {
    "kvm": (),
    "lxc": (
        "for trusted work only: root of an instance is root of this host with fewer rights",
        "no volumes are attached to instances, and none is moved",
        "programs see the host's processors and memory: give Java its -Xmx",
    ),
    "qemu": ("about ten times slower than the host",),
}


def chosen(cloud: Cloud) -> str:
    """Return the hypervisor of an installation; it is decided once."""
    record = cloud.settings.state / "hypervisor"
    if not record.exists():
        asked = cloud.settings.hypervisor
        record.write_text("lxc" if asked == "auto" else asked)
    return record.read_text()
