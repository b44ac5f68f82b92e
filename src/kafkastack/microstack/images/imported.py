"""An image that a person brings: a file, whose format its first bytes tell."""

from pathlib import Path

from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.microstack.images.build import Image

_MAGIC = {b"QFI\xfb": "qcow2", b"KDMV": "vmdk", b"conectix": "vhd", b"vhdxfile": "vhdx"}
_GB = 1024**3


def imported(path: Path, name: str) -> Image:
    """Return the image of a file; NotFoundError or KafkastackError if it can be none."""
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}", "give the path of a disk image")
    with path.open("rb") as stream:
        head = stream.read(16)
    if not head:
        raise KafkastackError(f"{path} is empty", "give the path of a disk image")
    disk_format = next((form for magic, form in _MAGIC.items() if head.startswith(magic)), "raw")
    return Image(
        name=name,
        disk=path,
        disk_format=disk_format,
        kernel=None,
        ramdisk=None,
        properties={},
        min_disk_gb=-(-path.stat().st_size // _GB),
        min_ram_mb=0,
        user="",
    )
