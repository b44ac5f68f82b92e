"""Where machines come from: the protocol, and one folder per cloud."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from kafkastack.clouds.local import LocalCloud
from kafkastack.clouds.protocol import Cloud
from kafkastack.errors import NotFoundError


class CloudFactory(Protocol):
    """What makes a cloud for a controller; see LocalCloud for the arguments."""

    def __call__(
        self, root: Path, runtime: Path, *, path: Sequence[Path], visible: Sequence[Path]
    ) -> Cloud:
        """Return the cloud of the controller whose data is in `root`."""
        ...


CLOUDS: dict[str, CloudFactory] = {"local": LocalCloud}

# An alias answers with the cloud it stands for on this host, and says why.
ALIASES: dict[str, Callable[[], tuple[str, str]]] = {
    "localhost": lambda: ("local", "localhost stands for the embedded cloud local"),
}


def resolve_cloud(name: str) -> tuple[str, str]:
    """Return the cloud that `name` means, and a sentence about it when it is an alias."""
    if name in ALIASES:
        return ALIASES[name]()
    if name not in CLOUDS:
        known = ", ".join(sorted([*CLOUDS, *ALIASES]))
        raise NotFoundError(
            f'unknown cloud "{name}": there are {known}', "kafkastack bootstrap local overlord"
        )
    return name, ""


def open_cloud(
    name: str,
    root: Path,
    runtime: Path,
    *,
    path: Sequence[Path] = (),
    visible: Sequence[Path] = (),
) -> Cloud:
    """Return the cloud `name` for the controller whose data is in `root`."""
    return CLOUDS[resolve_cloud(name)[0]](root, runtime, path=path, visible=visible)


__all__ = ["ALIASES", "CLOUDS", "CloudFactory", "open_cloud", "resolve_cloud"]
