"""Recipe of an image: packages, files and scripts; pure, and named by its content."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

from msgspec import Struct, field
from msgspec.structs import replace

from kafkastack.errors import NotFoundError

SUITE = "bookworm"
# Nobody reads these on an instance.
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
_DEBIAN = (
    "ca-certificates",
    "cloud-init",
    "dbus",
    "iproute2",
    "iputils-ping",
    "netbase",
    "openjdk-17-jre-headless",  # our charms look for it, and ask apt only where there is none
    "openssh-server",
    "perl-base",
    "procps",
    "python3",
    "sudo",
    "systemd",
    "systemd-resolved",
    "systemd-sysv",
)
_IS_DEBIAN = {"os_admin_user": "debian", "os_distro": "debian", "os_version": "12"}
_BOOT = "root=/dev/vda console=ttyS0 quiet panic=1"
_TINY = (
    "busybox-static",
    "curl",
    "dropbear-bin",
    "e2fsprogs",
    "kmod",
    "linux-image-cloud-amd64",
    "sudo",
    "util-linux",
)


class GuestFile(Struct, frozen=True):
    """A file of the guest; those that begin with #! can be run."""

    path: str
    text: str

    @property
    def mode(self) -> int:
        """Return its mode."""
        return 0o755 if self.text.startswith("#!") else 0o644


class Recipe(Struct, frozen=True):
    """How one image is made: a tree of packages, files put over it, scripts run on it in order."""

    name: str
    variant: str  # mmdebstrap's
    packages: tuple[str, ...]
    files: tuple[GuestFile, ...]
    scripts: tuple[GuestFile, ...]
    user: str
    min_ram_mb: int
    boots_kernel: bool = False
    properties: Mapping[str, str] = field(default_factory=dict[str, str])  # Glance's names

    @property
    def digest(self) -> str:
        """Return twelve digits that differ when anything on the disk would."""
        bits = (SUITE, LEFT_OUT, self.variant, self.packages, self.files, self.scripts)
        return hashlib.sha256(repr(bits).encode()).hexdigest()[:12]


def recipe(name: str) -> Recipe:
    """Return the recipe of an image; NotFoundError if there is none of that name."""
    if name not in _RECIPES:
        names = ", ".join(NAMES)
        raise NotFoundError(f"there is no recipe for an image {name!r}", f"there are: {names}")
    return _RECIPES[name]()


def _templates() -> Traversable:
    return files("kafkastack.microstack.images") / "templates"


def _tree(name: str) -> tuple[GuestFile, ...]:
    """Return the files of a folder of templates, as they lie in the guest."""
    return tuple(sorted(_below(_templates() / name, ""), key=lambda file: file.path))


def _below(folder: Traversable, path: str) -> Iterator[GuestFile]:
    for entry in folder.iterdir():
        inside = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _below(entry, inside)
        else:
            yield GuestFile(inside, entry.read_text())


def _scripts(*names: str) -> tuple[GuestFile, ...]:
    return tuple(GuestFile(name, (_templates() / name).read_text()) for name in names)


def _debian() -> Recipe:
    return Recipe(
        name="debian",
        variant="minbase",
        packages=_DEBIAN,
        files=_tree("debian"),
        scripts=_scripts("debian.sh", "disk.sh"),
        user="debian",
        min_ram_mb=128,
        properties=_IS_DEBIAN,
    )


def _debian_vm() -> Recipe:
    return replace(
        _debian(),
        name="debian-vm",
        packages=(*_DEBIAN, "initramfs-tools", "linux-image-cloud-amd64", "udev"),
        files=(*_tree("debian"), *_tree("debian-vm")),
        scripts=_scripts("debian.sh", "kernel.sh", "disk.sh"),
        min_ram_mb=256,
        boots_kernel=True,
        properties={**_IS_DEBIAN, "os_command_line": f"rw {_BOOT}"},
    )


def _tiny() -> Recipe:
    return Recipe(
        name="tiny",
        variant="extract",
        packages=_TINY,
        files=_tree("tiny"),
        scripts=_scripts("tiny.sh"),
        user="tiny",
        min_ram_mb=128,
        boots_kernel=True,
        properties={"os_admin_user": "tiny", "os_command_line": _BOOT},
    )


_RECIPES: Mapping[str, Callable[[], Recipe]] = {
    "debian": _debian,
    "debian-vm": _debian_vm,
    "tiny": _tiny,
}
NAMES = tuple(_RECIPES)
