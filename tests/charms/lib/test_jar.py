"""A jar replaces the one that works only if it can be run."""

import sys
import zipfile
from pathlib import Path
from unittest.mock import ANY

import pytest
from kafkastack_charms.jar import KEPT, Jar, NoJarError, choose_jar, probe_main, stamp_of


class Offers:
    """Jars that are offered, and which of them were tried."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tried: list[str] = []

    def choose(self, name: str, text: str = "") -> Jar:
        path = self.folder / name
        if text:
            path.write_text(text)
        return choose_jar(self.folder / "record", path, self.probe)

    def probe(self, jar: Path) -> str:
        self.tried.append(jar.name)
        return "no main manifest attribute" if "bad" in jar.read_text() else ""


@pytest.fixture
def offers(tmp_path: Path) -> Offers:
    return Offers(tmp_path)


def test_the_first_jar_is_taken_untried_and_looked_at_once(offers: Offers):
    first = offers.choose("one.jar", "good")
    assert (first.path.name, first.fault, offers.tried) == ("one.jar", "", [])
    assert offers.choose("one.jar") == first


def test_another_jar_is_tried_once_and_has_another_digest(offers: Offers):
    first = offers.choose("one.jar", "good")
    second = offers.choose("two.jar", "better")
    assert (second.path.name, second.fault) == ("two.jar", "")
    assert second.digest != first.digest
    assert offers.choose("two.jar") == second
    assert offers.tried == ["two.jar"]


def test_a_jar_that_cannot_be_run_leaves_the_one_before_and_is_not_tried_again(offers: Offers):
    first = offers.choose("one.jar", "good")
    refused = first._replace(fault="no main manifest attribute")
    assert offers.choose("two.jar", "bad") == refused
    assert offers.choose("two.jar") == refused
    assert offers.tried == ["two.jar"]
    assert offers.choose("one.jar") == first, "the way back"
    assert offers.choose("three.jar", "better!").fault == ""


def test_the_same_jar_at_another_place_is_no_other_one(offers: Offers):
    first = offers.choose("one.jar", "good")
    (offers.folder / "one.jar").rename(offers.folder / "moved.jar")
    assert offers.choose("moved.jar") == first._replace(path=offers.folder / "moved.jar")
    assert not offers.tried


def test_juju_may_write_another_jar_to_the_same_path_and_the_one_before_is_run(offers: Offers):
    first = offers.choose("one.jar", "good")
    refused = offers.choose("one.jar", "bad")
    assert (refused.digest, refused.fault) == (first.digest, "no main manifest attribute")
    assert refused.path.read_text() == "good"
    assert stamp_of(refused.path) == stamp_of(offers.choose("one.jar").path)
    assert offers.tried == ["one.jar"]
    assert offers.choose("one.jar", "better!") == Jar(first.path, ANY, "")
    assert offers.choose("one.jar", "bad").path.read_text() == "better!"


def test_a_jar_that_needs_others_beside_it_is_run_where_it_lies_or_not_at_all(offers: Offers):
    jar = offers.folder / "one.jar"
    with zipfile.ZipFile(jar, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Class-Path: lib/other.jar\n")
    offers.choose("one.jar")
    with pytest.raises(NoJarError, match="no main manifest attribute"):
        offers.choose("one.jar", "bad")


def test_where_the_one_before_is_gone_the_fault_is_all_there_is(offers: Offers):
    offers.choose("one.jar", "good")
    (offers.folder / "one.jar").unlink()
    (offers.folder / KEPT).unlink()
    with pytest.raises(NoJarError, match="no main manifest attribute"):
        offers.choose("two.jar", "bad")


def test_a_damaged_record_is_none(offers: Offers):
    for text in ("", "[]", '{"other": 1}', "null"):
        (offers.folder / "record").write_text(text)
        assert offers.choose("one.jar", "good").fault == ""


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("", ""),
        ("import sys; sys.exit('Error: Could not find or load\\nmore')", "Error: Could not find"),
        ("raise SystemExit(3)", "Main ends with 3"),
    ],
)
def test_a_probe_says_the_first_line_of_what_went_wrong(tmp_path: Path, code: str, fault: str):
    java = tmp_path / "java"
    java.write_text(f"#!{sys.executable}\n{code}\n")
    java.chmod(0o755)
    assert probe_main(str(java), "Main")(tmp_path / "x.jar").startswith(fault)
    assert bool(probe_main(str(java), "Main")(tmp_path / "x.jar")) == bool(fault)
