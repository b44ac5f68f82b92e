"""Where machines come from: the protocol, and one folder per cloud."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from kafkastack.clouds.local import LocalCloud
from kafkastack.clouds.protocol import Cloud
from kafkastack.errors import NotFoundError, PreflightError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


class CloudFactory(Protocol):
    """What makes a cloud for a controller; see LocalCloud for the arguments."""

    def __call__(
        self, root: Path, runtime: Path, *, path: Sequence[Path], visible: Sequence[Path]
    ) -> Cloud:
        """Return the cloud of the controller whose data is in `root`."""
        ...


CLOUDS: dict[str, CloudFactory] = {"local": LocalCloud}
_REGION = "default"
_GROUP = "kafkastack.clouds"  # the group in which other packages announce theirs

# An alias answers with the cloud it stands for on this host, and says why.
ALIASES: dict[str, Callable[[], tuple[str, str]]] = {
    "localhost": lambda: ("local", "localhost stands for the embedded cloud local"),
}


def resolve_cloud(name: str) -> tuple[str, str]:
    """Return the cloud that `name` means, and a sentence about it when it is an alias."""
    if name in ALIASES:
        return ALIASES[name]()
    if name in CLOUDS or name in (announced := _announced()):
        return name, ""
    known = ", ".join(sorted([*CLOUDS, *ALIASES, *announced]))
    raise NotFoundError(
        f'unknown cloud "{name}": there are {known}', "kafkastack bootstrap local overlord"
    )


def find_cloud(name: str) -> CloudFactory:
    """Return what makes the clouds of that name; PreflightError if its package is broken."""
    cloud = resolve_cloud(name)[0]
    if cloud in CLOUDS:
        return CLOUDS[cloud]
    point = _announced()[cloud]
    try:
        return cast(CloudFactory, point.load())
    except (ImportError, AttributeError) as error:
        raise PreflightError(
            f'the cloud "{cloud}" cannot be loaded from {point.value}: {error}',
            "Install the package that brings it again.",
        ) from error


def cloud_names() -> list[str]:
    """Return every name that a controller can be bootstrapped on."""
    return sorted({*CLOUDS, *ALIASES, *_announced()})


def region_of(name: str) -> str:
    """Return the region of a cloud as far as it is known before one is opened."""
    try:
        return str(getattr(find_cloud(name), "region", "")) or _REGION
    except PreflightError:
        return _REGION  # its package is broken: who bootstraps on it is told


def open_cloud(
    name: str,
    root: Path,
    runtime: Path,
    *,
    path: Sequence[Path] = (),
    visible: Sequence[Path] = (),
) -> Cloud:
    """Return the cloud `name` for the controller whose data is in `root`."""
    return find_cloud(name)(root, runtime, path=path, visible=visible)


def _announced() -> "Mapping[str, EntryPoint]":
    """Return the clouds of other packages; only who asks for one pays for the search."""
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=_GROUP)}


__all__ = [
    "ALIASES",
    "CLOUDS",
    "CloudFactory",
    "cloud_names",
    "find_cloud",
    "open_cloud",
    "region_of",
    "resolve_cloud",
]
