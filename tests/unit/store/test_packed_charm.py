"""A packed charm keeps its modes and links, and gives up its packages."""

import zipfile
from pathlib import Path

import pytest

from kafkastack.errors import KafkastackError
from kafkastack.model.dispatch import CHARM_PLUGIN, DISPATCH
from kafkastack.store.packed_charm import unpack

FLAT = {
    "dispatch": (f"#!/bin/sh\n{CHARM_PLUGIN}\n", 0o755),
    "src/charm.py": ("#!/usr/bin/env python3\n", 0o755),
    "metadata.yaml": ("name: x\n", 0o644),
    "venv/ops/__init__.py": ("", 0o644),
    "venv/yaml/_yaml.cpython-310-x86_64-linux-gnu.so": ("", 0o755),
    "venv/ops-3.9.0.dist-info/METADATA": ("Name: ops\nVersion: 3.9.0\n", 0o644),
}
OF_UV = {
    "dispatch": ("#!/bin/sh\nexec venv/bin/python src/charm.py\n", 0o755),
    "venv/lib/python3.12/site-packages/ops/__init__.py": ("", 0o644),
    "venv/lib/python3.12/site-packages/ops-3.9.0.dist-info/METADATA": (
        "Name: ops\nVersion: 3.9.0\n",
        0o644,
    ),
}


def zipped(folder: Path, files: dict[str, tuple[str, int]]) -> Path:
    packed = folder / "x_ubuntu@22.04-amd64.charm"
    with zipfile.ZipFile(packed, "w") as archive:
        for name, (text, mode) in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, text)
    return packed


def test_modes_and_links_are_kept(tmp_path: Path):
    files = {**FLAT, "hooks/install": ("../dispatch", 0o120777)}
    unpack(zipped(tmp_path, files), tmp_path / "tree")
    tree = tmp_path / "tree"
    assert (tree / "src/charm.py").stat().st_mode & 0o777 == 0o755
    assert (tree / "metadata.yaml").stat().st_mode & 0o777 == 0o644
    assert (tree / "hooks/install").readlink() == Path("../dispatch")


@pytest.mark.parametrize(("files", "python"), [(FLAT, "3.10"), (OF_UV, "3.12")])
def test_packages_are_set_aside_and_their_python_is_known(
    tmp_path: Path, files: dict[str, tuple[str, int]], python: str
):
    tree = tmp_path / "tree"
    unpack(zipped(tmp_path, files), tree)
    assert (tree / "packages/ops/__init__.py").exists() and not (tree / "venv").exists()
    assert (tree / "packages.txt").read_text() == f"# python {python}\nops==3.9.0\n"


def test_what_charmcraft_writes_runs_with_the_packages_of_the_unit(tmp_path: Path):
    unpack(zipped(tmp_path, FLAT), tmp_path / "tree")
    assert (tmp_path / "tree/dispatch").read_text() == DISPATCH
    unpack(zipped(tmp_path, OF_UV), tmp_path / "other")
    assert (tmp_path / "other/dispatch").read_text() == OF_UV["dispatch"][0]


def test_a_path_that_leads_out_of_the_charm_is_refused(tmp_path: Path):
    with pytest.raises(KafkastackError, match="leads out of the charm"):
        unpack(zipped(tmp_path, {"../evil": ("", 0o644)}), tmp_path / "tree")
    assert not (tmp_path / "evil").exists()


def test_what_is_no_archive_is_named(tmp_path: Path):
    broken = tmp_path / "broken.charm"
    broken.write_text("not a zip")
    with pytest.raises(KafkastackError, match=r"broken\.charm cannot be unpacked"):
        unpack(broken, tmp_path / "tree")


def test_packages_behind_a_link_are_not_moved_away(tmp_path: Path):
    foreign = tmp_path / "python3.12" / "site-packages"
    foreign.mkdir(parents=True)
    out = {**OF_UV, "venv/lib": (str(tmp_path), 0o120777)}
    out = {name: file for name, file in out.items() if not name.startswith("venv/lib/")}
    with pytest.raises(KafkastackError, match=r"venv/lib is a link to .* leads out of the charm"):
        unpack(zipped(tmp_path, out), tmp_path / "tree")
    assert foreign.is_dir()

    within = {
        **out,
        "venv/lib": ("../src", 0o120777),
        "src/python3.1/site-packages/x": ("", 0o644),
    }
    with pytest.raises(KafkastackError, match="cannot be set aside: a part of it is a link"):
        unpack(zipped(tmp_path, within), tmp_path / "other")


def test_a_charm_with_a_packages_folder_of_its_own_is_named(tmp_path: Path):
    files = {**FLAT, "packages/mine": ("", 0o644)}
    with pytest.raises(KafkastackError, match='the charm has a "packages" of its own'):
        unpack(zipped(tmp_path, files), tmp_path / "tree")


def test_a_package_that_calls_itself_an_option_is_not_among_the_requirements(tmp_path: Path):
    odd = {
        "venv/a-1.dist-info/METADATA": ("Name: a\n -r /etc/passwd\nVersion: 1\n", 0o644),
        "venv/b-1.dist-info/METADATA": ("Name: --index-url\nVersion: http://evil\n", 0o644),
        "venv/c-1.dist-info/METADATA": ("nothing", 0o644),
        "venv/e-1.dist-info/METADATA": ("Name: --pre\nVersion: 1\n", 0o644),
        "venv/d-1.dist-info/RECORD": ("", 0o644),
    }
    unpack(zipped(tmp_path, {**FLAT, **odd}), tmp_path / "tree")
    assert (tmp_path / "tree/packages.txt").read_text() == "# python 3.10\nops==3.9.0\n"


def test_a_dispatch_that_is_a_link_is_replaced_not_written_through(tmp_path: Path):
    text, mode = FLAT["dispatch"]
    files = {**FLAT, "dispatch": ("src/run", 0o120777), "src/run": (text, mode)}
    unpack(zipped(tmp_path, files), tmp_path / "tree")
    assert (tmp_path / "tree/dispatch").read_text() == DISPATCH
    assert (tmp_path / "tree/src/run").read_text() == text


def test_a_dispatch_may_be_a_binary(tmp_path: Path):
    files = {"metadata.yaml": ("name: x\n", 0o644), "dispatch": ("\x7fELF\xff" * 300000, 0o755)}
    unpack(zipped(tmp_path, files), tmp_path / "tree")
    assert (tmp_path / "tree/dispatch").stat().st_size > 1 << 20
