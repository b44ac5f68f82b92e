"""Files that a command line or a bundle names: of a kind that ends, and where they seem to be."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kafkastack.cli import catalogue
from kafkastack.cli.applications import resource_files
from kafkastack.cli.bundles import read_bundle_files
from kafkastack.cli.known_clouds import read_definition
from kafkastack.cli.session import key_values, read_map
from kafkastack.errors import KafkastackError
from kafkastack.system import reading

Read = Callable[[Path], object]


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_FIRST_SECONDS", 0.02)


@pytest.mark.parametrize(
    "read",
    [
        lambda path: key_values([f"key=@{path}"]),
        lambda path: read_map(path),
        lambda path: read_bundle_files([path]),
        lambda path: read_definition("x", str(path)),
        lambda path: resource_files({"jar": str(path)}),
    ],
)
def test_a_fifo_or_a_device_is_named_by_all_who_read_a_file(tmp_path: Path, read: Read):
    (tmp_path / "zero.yaml").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "fifo.yaml")
    for name in ("zero.yaml", "fifo.yaml"):
        with pytest.raises(KafkastackError, match=name):
            read(tmp_path / name)


def test_what_is_no_text_is_named(tmp_path: Path):
    (tmp_path / "a.yaml").write_bytes(b"a: \xff")
    with pytest.raises(KafkastackError, match=r"a\.yaml is not a text in UTF-8"):
        read_map(tmp_path / "a.yaml")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A folder of a stranger's with a link to a private file."""
    (tmp_path / "private").write_text("hunter2")
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "private")
    (folder / "own").write_text("text")
    (folder / "same").symlink_to("own")
    os.mkfifo(folder / "fifo")
    return folder


def described(bundle: Path, **body: dict[str, str]) -> dict[str, str]:
    words = "".join(f"{k}: {v}, " for k, v in next(iter(body.values())).items())
    text = f"applications: {{a: {{charm: kafka, {next(iter(body))}: {{{words}}}}}}}\n"
    (bundle / "bundle.yaml").write_text(text)
    return read_bundle_files([bundle / "bundle.yaml"])["applications"]["a"][next(iter(body))]


@pytest.mark.parametrize("value", ["include-file://link", "include-base64://link"])
def test_an_option_does_not_include_what_a_link_of_the_bundle_points_to(bundle: Path, value: str):
    with pytest.raises(KafkastackError, match="link is a link that leads out of the bundle"):
        described(bundle, options={"x": value})


def test_a_resource_is_not_what_a_link_of_the_bundle_points_to(bundle: Path):
    with pytest.raises(KafkastackError, match="link is a link that leads out of the bundle"):
        described(bundle, resources={"jar": "./link"})


def test_a_fifo_of_a_bundle_is_named(bundle: Path):
    with pytest.raises(KafkastackError, match="fifo is a FIFO"):
        described(bundle, options={"x": "include-file://fifo"})
    with pytest.raises(KafkastackError, match="fifo"):
        described(bundle, resources={"jar": "./fifo"})


def test_a_bundle_names_files_of_its_own_and_others_by_their_path(bundle: Path):
    options = {"a": "include-file://same", "b": "include-file://../private"}
    assert described(bundle, options=options) == {"a": "text", "b": "hunter2"}
    assert described(bundle, resources={"jar": "same"}) == {"jar": str(bundle / "own")}
    private = str(bundle.parent / "private")
    assert described(bundle, resources={"jar": private}) == {"jar": private}


def test_a_charm_is_looked_at_without_following_its_links(tmp_path: Path, bundle: Path):
    (bundle / "metadata.yaml").write_text("name: x\n")
    (bundle / "channels.json").symlink_to(tmp_path / "private")
    with pytest.raises(KafkastackError, match=r"channels\.json is a link that leads out of"):
        catalogue.find(f"{bundle}/")
    (bundle / "channels.json").unlink()
    os.mkfifo(bundle / "channels.json")
    with pytest.raises(KafkastackError, match=r"channels\.json is a FIFO"):
        catalogue.find(f"{bundle}/")
