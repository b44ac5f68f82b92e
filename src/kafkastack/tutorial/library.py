"""Which tutorials there are: Markdown in the source tree, or in the installed package."""

from pathlib import Path

from kafkastack.errors import NotFoundError

DEFAULT = "kafka-on-microstack"
_PACKAGE = Path(__file__).parent.parent


def tutorials_dir() -> Path:
    """Return the folder that holds the tutorials."""
    installed = _PACKAGE / "data" / "tutorials"
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "docs" / "tutorials"


def names() -> list[str]:
    """Return the names of the tutorials."""
    return sorted(path.stem for path in tutorials_dir().glob("*.md"))


def read(name: str) -> str:
    """Return the Markdown of a tutorial."""
    if name not in names():
        raise NotFoundError(
            f'tutorial "{name}" not found: there are {", ".join(names()) or "none"}',
            "type: kafkastack tutorial list",
        )
    return (tutorials_dir() / f"{name}.md").read_text(encoding="utf-8")
