"""Clouds, the sources of machines: the protocol, and one folder per cloud."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from kafkastack.errors import NotFoundError, PreflightError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from kafkastack.clouds.protocol import Cloud


class CloudFactory(Protocol):
    """What makes a cloud for a controller; see LocalCloud for the arguments."""

    def __call__(
        self, root: Path, runtime: Path, *, path: Sequence[Path], visible: Sequence[Path]
    ) -> "Cloud":
        """Return the cloud of the controller whose data is in `root`."""
        ...


class _BuiltIn(NamedTuple):
    """A cloud of our own; a command that only names it does not import it."""

    module: str
    factory: str
    region: str = ""  # as far as it is known before one is opened

    def load(self) -> CloudFactory:
        """Return what makes it."""
        return cast(CloudFactory, getattr(import_module(self.module), self.factory))


_REGION = "default"
_OPENSTACK = "openstack"
_MAKING = {
    "microstack": "make it: kafkastack microstack bootstrap, then kafkastack microstack configure"
}
_GROUP = "kafkastack.clouds"  # the group in which other packages announce theirs
CLOUDS: dict[str, _BuiltIn] = {
    "local": _BuiltIn("kafkastack.clouds.local.cloud", "LocalCloud", "localhost"),
    _OPENSTACK: _BuiltIn("kafkastack.clouds.openstack.cloud", "OpenStackCloud"),
}

# An alias answers with the cloud it stands for on this host, and says why.
ALIASES: dict[str, Callable[[], tuple[str, str]]] = {
    "localhost": lambda: ("local", "localhost stands for the embedded cloud local"),
}


def resolve_cloud(name: str) -> tuple[str, str]:
    """Return the cloud that `name` means, and a sentence about it when it is an alias."""
    if name in ALIASES:
        return ALIASES[name]()
    if name in CLOUDS or name in (announced := _announced()) or name in (ours := _entries()):
        return name, ""
    known = ", ".join(sorted([*CLOUDS, *ALIASES, *announced, *ours]))
    raise NotFoundError(
        f'unknown cloud "{name}": there are {known}',
        _MAKING.get(name, "kafkastack bootstrap local overlord"),
    )


def find_cloud(name: str) -> CloudFactory:
    """Return what makes the clouds of that name; PreflightError if its package is broken."""
    cloud = resolve_cloud(name)[0]
    if cloud in CLOUDS:
        return CLOUDS[cloud].load()
    point = _announced().get(cloud)
    if point is None:
        make: Callable[..., Cloud] = CLOUDS[_OPENSTACK].load()
        return partial(make, entry=cloud)
    try:
        return cast(CloudFactory, point.load())
    except (ImportError, AttributeError) as error:
        raise PreflightError(
            f'the cloud "{cloud}" cannot be loaded from {point.value}: {error}',
            "Install the package that brings it again.",
        ) from error


def cloud_names() -> list[str]:
    """Return every name that a controller can be bootstrapped on."""
    return sorted({*CLOUDS, *ALIASES, *_announced(), *_entries()})


def region_of(name: str) -> str:
    """Return the region of a cloud as far as it is known before one is opened."""
    if name in CLOUDS:
        return CLOUDS[name].region or _REGION
    if name in (entries := _entries()):
        return entries[name] or _REGION
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
) -> "Cloud":
    """Return the cloud `name` for the controller whose data is in `root`."""
    make = CLOUDS[_OPENSTACK].load() if _is_on_openstack(root) else find_cloud(name)
    return make(root, runtime, path=path, visible=visible)


def prepare_cloud(name: str, root: Path) -> None:
    """See that a controller can be on the cloud, and note in its folder where that is."""
    from kafkastack.clouds.openstack.entries import forget, remember

    forget(root)
    if find_type(name) == _OPENSTACK:
        import asyncio

        from kafkastack.clouds.openstack.cloud import OpenStackCloud

        remember(name, root)
        asyncio.run(OpenStackCloud(root, root).check())


def copy_notes(root: Path, target: Path) -> None:
    """Copy what `prepare_cloud` has noted: with it the controller's machines are found there."""
    from kafkastack.clouds.openstack.entries import remember_again, remembered

    if entry := remembered(root):
        remember_again(entry, target)


def find_type(name: str) -> str:
    """Return what kind of cloud it is: one of our own, an OpenStack, or one of a package."""
    is_own = name in CLOUDS or name in _announced()
    return _OPENSTACK if not is_own and name in _entries() else name


def _is_on_openstack(root: Path) -> bool:
    from kafkastack.clouds.openstack.entries import remembered

    return remembered(root) is not None


def _entries() -> Mapping[str, str]:
    """Return the OpenStacks of clouds.yaml with their regions."""
    from kafkastack.clouds.openstack.entries import known_entries

    return {name: entry.region for name, entry in known_entries().items()}


def _announced() -> "Mapping[str, EntryPoint]":
    """Return the clouds of other packages; only who asks for one pays for the search."""
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=_GROUP)}


__all__ = [
    "ALIASES",
    "CLOUDS",
    "CloudFactory",
    "cloud_names",
    "copy_notes",
    "find_cloud",
    "find_type",
    "open_cloud",
    "prepare_cloud",
    "region_of",
    "resolve_cloud",
]
