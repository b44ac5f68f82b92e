"""Links of a tree that is copied lead where they led, whatever it takes to make them."""

import os
from pathlib import Path

import pytest

from kafkastack.errors import KafkastackError
from kafkastack.system.tree_rules import CHARM
from kafkastack.system.trees import copy_tree


def test_links_that_say_the_same_are_one_by_many_names(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    for folder in (source, source / "inner"):
        folder.mkdir()
        (folder / "program").write_text("runs")
        for name in ("a", "b", "c"):
            (folder / name).symlink_to("program")
    (source / "other").symlink_to("inner")

    copy_tree(source, target, CHARM)

    links = {path.relative_to(target): str(path.readlink()) for path in target.rglob("[abco]*")}
    assert links == {
        **{Path(name): "program" for name in ("a", "b", "c", "inner/a", "inner/b", "inner/c")},
        Path("other"): "inner",
    }
    assert len({(target / name).lstat().st_ino for name in ("a", "b", "c")}) == 1


def test_a_file_system_without_hard_links_gets_a_link_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    for name in ("a", "b"):
        (source / name).symlink_to("program")
    (source / "program").touch()
    monkeypatch.setattr(os, "link", refuse)

    copy_tree(source, target, CHARM)

    assert [str((target / name).readlink()) for name in ("a", "b")] == ["program", "program"]


def test_links_that_say_the_same_and_lead_out_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("a", "b"):
        (source / name).symlink_to("/etc")

    with pytest.raises(KafkastackError, match="leads out"):
        copy_tree(source, tmp_path / "target", CHARM)
