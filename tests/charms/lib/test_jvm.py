"""Questions to a JVM, each asked once."""

import shutil
from pathlib import Path

import pytest
from kafkastack_charms.jvm import find_cipher_suites


def program(folder: Path, text: str) -> str:
    java = folder / "java"
    java.write_text(f"#!/bin/sh\necho asked >> {folder}/asked\n{text}\n")
    java.chmod(0o755)
    return str(java)


def test_it_is_asked_once(tmp_path: Path) -> None:
    java = program(tmp_path, "echo Enabled; echo TLS_ONE; echo TLS_OTHER")
    for _ in range(2):
        found = find_cipher_suites(java, tmp_path / "record")
        assert found == {"TLS_ONE", "TLS_OTHER"}
    assert (tmp_path / "asked").read_text() == "asked\n"


def test_another_one_is_asked_anew(tmp_path: Path) -> None:
    (tmp_path / "record").write_text("/elsewhere of 1\nTLS_OLD")
    java = program(tmp_path, "echo TLS_NEW")
    assert find_cipher_suites(java, tmp_path / "record") == {"TLS_NEW"}


def test_one_that_says_nothing_knows_none(tmp_path: Path) -> None:
    assert find_cipher_suites(program(tmp_path, "exit 1"), tmp_path / "record") == frozenset()


def test_a_real_one_knows_those_of_tls_1_3(tmp_path: Path) -> None:
    java = shutil.which("java")
    if not java:
        pytest.skip("needs Java: apt-get install default-jre-headless")
    assert "TLS_AES_256_GCM_SHA384" in find_cipher_suites(java, tmp_path / "record")
