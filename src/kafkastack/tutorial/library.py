"""Library of tutorials: Markdown in the source tree, or in the installed package."""

from pathlib import Path

from kafkastack.errors import NotFoundError, UsageError

BY_KAFKA = {"3": "kafka-on-microstack", "4": "kafka-4-on-microstack"}  # by the track it is about
DEFAULT = BY_KAFKA["4"]  # the Kafka that is made today
_PACKAGE = Path(__file__).parent.parent


def tutorials_dir() -> Path:
    """Return the folder that holds the tutorials."""
    installed = _PACKAGE / "data" / "tutorials"
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "docs" / "tutorials"


def names() -> list[str]:
    """Return the names of the tutorials."""
    return sorted(path.stem for path in tutorials_dir().glob("*.md"))


def about(kafka: str) -> str:
    """Return the name of the tutorial about a track of Kafka."""
    known = {track: name for track, name in BY_KAFKA.items() if name in names()}
    if kafka not in known:
        raise UsageError(
            f'there is no tutorial about Kafka "{kafka}"', f"there are: {', '.join(known)}"
        )
    return known[kafka]


def read(name: str) -> str:
    """Return the Markdown of a tutorial."""
    if name not in names():
        raise NotFoundError(
            f'tutorial "{name}" not found: there are {", ".join(names()) or "none"}',
            "type: kafkastack tutorial list",
        )
    return (tutorials_dir() / f"{name}.md").read_text(encoding="utf-8")
