"""Choice of a machine's flavor, image and network: pure, in Juju's words."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from kafkastack.clouds.openstack.resources import Flavor, Image, Network
from kafkastack.errors import NotFoundError

_LEAST_MEMORY = 1024  # MB, when nobody says: as Juju
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "": "amd64"}
_DISTROS = ("ubuntu", "debian")  # which charms know


class Way(Struct, frozen=True):
    """The network of a machine, and the one that its floating IP comes from, "" for none."""

    network: Network
    floating: str = ""


def choose_flavor(flavors: Sequence[Flavor], wanted: Mapping[str, Any], image: Image) -> Flavor:
    """Return the smallest flavor that fits; the one that is named, if one is."""
    name = wanted.get("instance-type")
    if name:
        found = [flavor for flavor in flavors if name in (flavor.name, flavor.id)]
        return _only(found, f'no flavor "{name}"', _names(flavors))
    memory = max(wanted.get("mem", _LEAST_MEMORY), image.memory)
    disk = max(-(-wanted.get("root-disk", 0) // 1024), image.disk)
    fitting = [
        flavor
        for flavor in flavors
        if flavor.memory >= memory
        and flavor.cores >= wanted.get("cores", 0)
        and (flavor.disk >= disk or flavor.disk == 0)
    ]
    fitting.sort(key=lambda flavor: (flavor.memory, flavor.cores, flavor.disk, flavor.name))
    asked = f"mem={memory}M cores={wanted.get('cores', 1)} root-disk={disk}G"
    return _only(fitting[:1], f"no flavor has {asked}", _names(flavors))


def choose_image(images: Sequence[Image], wanted: Mapping[str, Any], base: str) -> Image:
    """Return the image that is named, else the newest one of the base."""
    name = wanted.get("image-id")
    if name:
        found = [image for image in images if name in (image.id, image.name)]
        return _only(found, f'no image "{name}"', _names(images))
    distro, _, channel = base.partition("@")
    version = channel.partition("/")[0]
    fitting = [image for image in images if image.is_bootable and _is_of(image, distro, version)]
    if arch := wanted.get("arch"):
        fitting = [image for image in fitting if architecture_of(image) == arch]
    fitting.sort(key=lambda image: (bool(image.distro), image.created))
    asked = f"base {base}" if base else f"{' or '.join(_DISTROS)}"
    return _only(fitting[-1:], f"no image of {asked}", _names(images))


def choose_way(
    networks: Sequence[Network], config: Mapping[str, str], wanted: Mapping[str, Any]
) -> Way:
    """Return the network of the model, and whether a floating IP is needed on it.

    Kafka advertises the one address that its machine knows: a shared network from outside, on
    which it is reached as it is, goes before one behind address translation.
    """
    network = _network(networks, config.get("network", ""))
    asked = wanted.get("allocate-public-ip")
    if asked is False or (asked is None and (network.is_external or network.is_shared)):
        return Way(network)
    external = [other for other in networks if other.is_external]
    if name := config.get("external-network"):
        external = [other for other in external if name in (other.id, other.name)]
        _only(external, f'no external network "{name}"', _names(networks))
    if len(external) == 1:
        return Way(network, external[0].id)
    if asked:
        _only(external, "no external network to take a floating IP from", _names(networks))
    return Way(network)


def _network(networks: Sequence[Network], name: str) -> Network:
    if name:
        found = [network for network in networks if name in (network.id, network.name)]
        return _only(found, f'no network "{name}"', _names(networks), "network")
    shared = [n for n in networks if n.is_external and n.is_shared and n.gives_addresses]
    own = [network for network in networks if not network.is_external]
    found = shared if len(shared) == 1 else own
    return _only(found, "no network for instances", _names(networks), "network")


def architecture_of(image: Image) -> str:
    """Return the architecture of an image in Juju's words."""
    return _ARCHITECTURES.get(image.architecture, image.architecture)


def base_of(image: Image, asked: str) -> str:
    """Return the base that an image is."""
    if image.distro and image.version:
        return f"{image.distro}@{image.version}"
    return asked


def hardware_of(flavor: Flavor, image: Image) -> str:
    """Return what a machine is made of, as `status` shows it."""
    return (
        f"arch={architecture_of(image)} cores={flavor.cores} mem={flavor.memory}M "
        f"root-disk={flavor.disk * 1024}M"
    )


def _is_of(image: Image, distro: str, version: str) -> bool:
    if not distro:
        return any(_is_of(image, known, "") for known in _DISTROS)
    if image.distro:
        return image.distro == distro and version in ("", image.version)
    name = image.name.lower()
    return distro in name and version in name


def _only(found: Sequence[Any], missing: str, there: str, setting: str = "") -> Any:
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(sorted(thing.name for thing in found))
        raise NotFoundError(
            f"more than one would do: {names}",
            f"name one: kafkastack model-config {setting}=NAME"
            if setting
            else "name one by its id",
        )
    raise NotFoundError(f"{missing}: the cloud has {there}", _ADVICE.get(setting, _ADVICE[""]))


_ADVICE = {
    "": "name one with constraints: instance-type=NAME, image-id=NAME; or add one to the cloud",
    "network": "name one: kafkastack model-config network=NAME",
}


def _names(things: Sequence[Any]) -> str:
    return ", ".join(sorted(thing.name for thing in things)) or "none"
