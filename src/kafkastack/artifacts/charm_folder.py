"""Reader of a charm's own files: regular ones that lie in its folder, as far as a bound."""

from pathlib import Path

from kafkastack.errors import KafkastackError
from kafkastack.system.reading import read_regular, text_of

PACKAGES = "packages"  # where the packages of a packed charm lie
PINS = "packages.txt"  # and which they are
LARGEST = 8 << 20  # bytes: the largest locks of real charms have a quarter of it


class CharmFolder:
    """The folder of a charm whose content nobody vouches for."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def has(self, name: str) -> bool:
        """Report whether there is such a file."""
        return self.inside(name, "the charm").is_file()

    def text(self, name: str, asked_by: str = "the charm") -> str:
        """Return the text of a file, "" if there is none."""
        path = self.inside(name, asked_by)
        if not path.exists():
            return ""
        return text_of(read_regular(path, LARGEST, links=False), name)

    def inside(self, name: str, asked_by: str) -> Path:
        """Return a path of the folder with its links followed; refuse one that leads out."""
        path = self.root / name
        try:
            found = path.resolve()
            found.exists()  # no file has a name of so many characters
        except (OSError, RuntimeError, ValueError) as error:
            raise KafkastackError(f"{asked_by} names {name[:200]!r}, which is no path") from error
        if Path(name).is_absolute() or not found.is_relative_to(self.root):
            raise KafkastackError(
                f"{asked_by} names {name[:200]}, which is not in the charm's folder",
                "copy it into the folder and name it there: only the folder is deployed, "
                "and only it is packed by charmcraft",
            )
        return found

    def existing(self, name: str, asked_by: str) -> Path:
        """Return the path of what is there; refuse a name of nothing."""
        path = self.inside(name, asked_by)
        if not path.exists():
            raise KafkastackError(f"{asked_by} names {name}, which the charm does not have")
        return path

    def libraries(self) -> list[str]:
        """Return the names of the charm libraries (lib/charms/CHARM/vN/NAME.py)."""
        found = (self.root / "lib" / "charms").glob("*/v*/*.py")
        return sorted(str(path.relative_to(self.root)) for path in found if path.is_file())
