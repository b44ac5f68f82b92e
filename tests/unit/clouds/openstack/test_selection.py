"""Choice of a machine's flavor, image and network among those that a cloud has."""

import pytest

from kafkastack.clouds.openstack.resources import Flavor, Image, Network
from kafkastack.clouds.openstack.selection import (
    base_of,
    choose_flavor,
    choose_image,
    choose_way,
    hardware_of,
)
from kafkastack.errors import NotFoundError

TINY, SMALL = Flavor("1", "tiny", 1, 512, 2), Flavor("2", "small", 1, 2048, 8)
MEDIUM, LARGE = Flavor("3", "medium", 2, 4096, 16), Flavor("4", "large", 4, 8192, 32)
FLAVORS = (LARGE, SMALL, TINY, MEDIUM)
DEBIAN = Image("d", "debian", "2026-01", "debian", "12")
OLDER = Image("o", "debian-old", "2025-01", "debian", "12")
NOBLE = Image("u", "ubuntu-24.04-server", "2024-04")
KERNEL = Image("k", "debian-kernel", "2026-02", is_bootable=False)
IMAGES = (OLDER, DEBIAN, NOBLE, KERNEL)
OWN, OTHER = Network("n1", "demo"), Network("n2", "other")
PUBLIC = Network("e1", "public", is_external=True)
SHARED = Network("e2", "shared", is_external=True, is_shared=True)


@pytest.mark.parametrize(
    ("wanted", "flavor"),
    [
        ({}, SMALL),
        ({"mem": 512}, TINY),
        ({"mem": 2049}, MEDIUM),
        ({"cores": 2}, MEDIUM),
        ({"root-disk": 17 * 1024}, LARGE),
        ({"instance-type": "tiny"}, TINY),
        ({"instance-type": "4"}, LARGE),
    ],
)
def test_the_smallest_flavor_that_fits_is_taken(wanted: dict[str, int], flavor: Flavor):
    assert choose_flavor(FLAVORS, wanted, DEBIAN) is flavor


def test_an_image_asks_for_memory_and_disk_of_its_own():
    assert choose_flavor(FLAVORS, {}, Image("i", "i", disk=10, memory=3000)) is MEDIUM


def test_what_no_flavor_has_is_told_with_those_there_are():
    with pytest.raises(NotFoundError, match=r"no flavor has mem=99999M.*large, medium, small"):
        choose_flavor(FLAVORS, {"mem": 99999}, DEBIAN)
    with pytest.raises(NotFoundError, match='no flavor "huge"'):
        choose_flavor(FLAVORS, {"instance-type": "huge"}, DEBIAN)


@pytest.mark.parametrize(
    ("wanted", "base", "image"),
    [
        ({}, "", DEBIAN),
        ({}, "debian@12", DEBIAN),
        ({}, "ubuntu@24.04", NOBLE),
        ({"image-id": "debian-old"}, "ubuntu@24.04", OLDER),
        ({"image-id": "u"}, "", NOBLE),
    ],
)
def test_the_newest_image_of_the_base_is_taken(wanted: dict[str, str], base: str, image: Image):
    assert choose_image(IMAGES, wanted, base) is image


@pytest.mark.parametrize(
    ("wanted", "base", "message"),
    [
        ({}, "debian@13", "no image of base debian@13: the cloud has debian"),
        ({"image-id": "none"}, "", 'no image "none"'),
        ({"arch": "arm64"}, "debian@12", "no image"),
    ],
)
def test_an_image_that_is_not_there_is_told(wanted: dict[str, str], base: str, message: str):
    with pytest.raises(NotFoundError, match=message) as refused:
        choose_image(IMAGES, wanted, base)

    assert "image-id=" in refused.value.advice


def test_a_shared_network_from_outside_goes_before_address_translation():
    way = choose_way([OWN, SHARED], {}, {})

    assert (way.network, way.floating) == (SHARED, "")


def test_the_only_network_of_a_project_gets_floating_addresses():
    assert choose_way([OWN, PUBLIC], {}, {}) == choose_way([OWN, PUBLIC], {"network": "demo"}, {})
    assert choose_way([OWN, PUBLIC], {}, {}).floating == "e1"
    assert choose_way([OWN, PUBLIC], {}, {"allocate-public-ip": False}).floating == ""
    assert choose_way([OWN], {}, {}).floating == ""


def test_the_networks_of_the_model_are_taken():
    config = {"network": "n2", "external-network": "public"}

    way = choose_way([OWN, OTHER, PUBLIC, SHARED], config, {"allocate-public-ip": True})

    assert (way.network, way.floating) == (OTHER, "e1")


@pytest.mark.parametrize(
    ("networks", "config", "message"),
    [
        ([OWN, OTHER], {}, "more than one would do: demo, other"),
        ([], {}, "no network for instances"),
        ([OWN], {"network": "x"}, 'no network "x": the cloud has demo'),
        ([OWN], {"external-network": "x"}, 'no external network "x"'),
    ],
)
def test_a_network_that_cannot_be_told_is_to_be_named(
    networks: list[Network], config: dict[str, str], message: str
):
    with pytest.raises(NotFoundError, match=message):
        choose_way(networks, config, {})


def test_hardware_and_base_are_said_as_juju_says_them():
    assert hardware_of(SMALL, DEBIAN) == "arch=amd64 cores=1 mem=2048M root-disk=8192M"
    assert base_of(DEBIAN, "ubuntu@24.04") == "debian@12"
    assert base_of(NOBLE, "ubuntu@24.04") == "ubuntu@24.04"
