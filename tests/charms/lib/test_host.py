"""Names that a certificate has, and addresses that a machine has."""

from pathlib import Path

import pytest
from kafkastack_charms import host


def test_an_address_is_named_as_one_in_a_certificate() -> None:
    names, addresses = host.sort_names(["a.example", "172.17.0.1", "fd00::7", "127.example"])
    assert names == {"a.example", "127.example"}
    assert addresses == {"172.17.0.1", "fd00::7"}


def test_a_machine_has_its_loopback_and_no_address_of_documents() -> None:
    assert host.has_address("127.0.0.1")
    assert not host.has_address("192.0.2.1")
    assert not host.has_address("localhost"), "a name may lead elsewhere tomorrow"


@pytest.mark.parametrize("name", ["memory.max", "memory/memory.limit_in_bytes"])
def test_the_limit_of_a_container_is_its_memory(tmp_path: Path, name: str) -> None:
    here = host.memory(tmp_path)
    assert here > 2**24
    (tmp_path / "memory").mkdir()
    for text, found in (("max\n", here), (f"{2**62}\n", here), (f"{2**24}\n", 2**24)):
        (tmp_path / name).write_text(text)
        assert host.memory(tmp_path) == found
