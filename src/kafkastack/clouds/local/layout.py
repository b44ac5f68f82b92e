"""Layout of the files of a local machine and its services."""

import hashlib
import os
import stat
from pathlib import Path

from msgspec import Struct

from kafkastack.clouds.protocol import MachineSpec
from kafkastack.errors import PreflightError
from kafkastack.system.folders import make_folder
from kafkastack.system.ownership import checked, fault_of

MARKER = "KAFKASTACK_MACHINE"  # in the environment of everything that runs on a machine
SOCKET_PATH_LIMIT = 107  # bytes of sun_path, without its closing NUL


class MachineFolder(Struct, frozen=True):
    """The folder of one machine; nothing of the machine lies elsewhere but its sockets."""

    root: Path

    @property
    def record(self) -> Path:
        """The instance, written last: a machine without it is not finished."""
        return self.root / "instance.json"

    @property
    def agents(self) -> Path:
        """Charm folders and tools of the units."""
        return self.root / "agents"

    @property
    def storage(self) -> Path:
        """Storage of the units."""
        return self.root / "storage"

    @property
    def home(self) -> Path:
        """HOME of hooks and of ssh."""
        return self.root / "home"

    @property
    def tmp(self) -> Path:
        """TMPDIR, and /tmp itself in the machine's view of the host."""
        return self.root / "tmp"

    @property
    def units(self) -> Path:
        """Links to unit files, as /etc/systemd/system has them."""
        return self.root / "units"

    @property
    def services(self) -> Path:
        """One folder a service: lock, pid, output, what is run."""
        return self.root / "services"

    @property
    def staging(self) -> Path:
        """Where pushed files are completed before they get their names."""
        return self.root / ".staging"

    @property
    def etc(self) -> Path:
        """The passwd and the group file of a machine whose user is its own."""
        return self.root / "etc"

    @property
    def moving(self) -> Path:
        """Which services ran before the machine was given to a user of its own."""
        return self.root / "moving.json"

    @property
    def owner(self) -> int:
        """Whose the machine is: the owner of its home, root where there is none yet."""
        try:
            return self.home.lstat().st_uid
        except FileNotFoundError:
            return 0

    def make(self) -> None:
        """Make the folders, readable by the owner only."""
        for folder in (self.agents, self.storage, self.home, self.tmp, self.units, self.services):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root.chmod(0o700)


def machine_name(spec: MachineSpec) -> str:
    """Name the machine's folder: the model's UUID shortened, and the machine's id."""
    return f"{spec.model_uuid[:8]}-{spec.machine_id.replace('/', '-')}"


def runtime_folder(root: Path) -> Path:
    """Make the short private folder for the sockets of the controller whose data is in `root`."""
    folder = runtime_path(root)
    _make_private(folder.parent)
    _make_private(folder)
    return folder


def runtime_path(root: Path) -> Path:
    """Return where that folder is, or would be."""
    digest = hashlib.sha256(os.fsencode(root.absolute())).hexdigest()[:8]
    return _runtime_base() / f"{root.name[:16]}-{digest}"


def _runtime_base() -> Path:
    given = Path(os.environ.get("XDG_RUNTIME_DIR") or "/nonexistent")
    if given.is_absolute() and len(os.fsencode(given)) < 40 and _is_ours(given):
        return given / "kafkastack"
    return Path("/tmp") / f"kafkastack-{os.geteuid()}"  # noqa: S108 — ownership is checked


def _is_ours(folder: Path) -> bool:
    return _is_private(folder) and not fault_of(folder)


def _make_private(folder: Path) -> None:
    make_folder(folder, 0o700)
    # One that is gone again is nobody's: who ends the same controller has just removed it.
    if not _is_private(folder) and os.path.lexists(folder):
        raise PreflightError(
            f"{folder} is not a private folder of user {os.geteuid()}: "
            "somebody else made it, or others may enter it",
            "Remove it, or set XDG_RUNTIME_DIR to a folder that only you can enter.",
        )
    checked(folder, "XDG_RUNTIME_DIR")


def _is_private(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    private = stat.S_IMODE(found.st_mode) & 0o077 == 0
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and private
