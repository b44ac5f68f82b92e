"""Charms as a shelf takes them: files and links that stay inside, read once, in a child."""

import asyncio
import hashlib
import os
import stat
from pathlib import Path

import msgspec
import pytest

from kafkastack.artifacts import our_charms
from kafkastack.errors import KafkastackError
from kafkastack.model import charm as charm_model
from kafkastack.model.charm import CharmMeta
from kafkastack.store.charm_shelf import CharmShelf
from kafkastack.store.charm_source import digest_of, take_charm

METADATA = "name: odd\nprovides: {db: {interface: sql}}\n"


@pytest.fixture
def shelf(tmp_path: Path) -> CharmShelf:
    return CharmShelf(tmp_path / "charms")


@pytest.fixture
def charm(tmp_path: Path) -> Path:
    folder = tmp_path / "odd"
    (folder / "src").mkdir(parents=True)
    (folder / "metadata.yaml").write_text(METADATA)
    (folder / "src" / "charm.py").write_text("#!/usr/bin/env python3\n")
    return folder


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A file of somebody else's that no charm may read, write or change."""
    file = tmp_path / "private"
    file.write_text("options: {secret: {default: hunter2}}\n")
    file.chmod(0o600)
    return file


@pytest.mark.parametrize(
    "name", ["config.yaml", "actions.yaml", "metadata.yaml", "hooks", "requirements.txt", "x/deep"]
)
def test_a_file_that_is_a_link_out_of_the_charm_is_refused(
    tmp_path: Path, charm: Path, private: Path, name: str
):
    (charm / name).parent.mkdir(exist_ok=True)
    (charm / name).unlink(missing_ok=True)
    (charm / name).symlink_to(private)

    with pytest.raises(
        KafkastackError, match=f"{name} is a link to .*, which leads out of the c"
    ) as e:
        take_charm(charm, tmp_path)
    assert e.value.advice.startswith("put a copy of what it leads to in its place")


def test_a_dispatch_that_is_a_link_changes_the_mode_of_nothing(
    tmp_path: Path, charm: Path, private: Path
):
    (charm / "dispatch").symlink_to(private)
    with pytest.raises(KafkastackError, match="dispatch is a link"):
        take_charm(charm, tmp_path)
    assert private.stat().st_mode & 0o777 == 0o600

    (charm / "dispatch").unlink()
    (charm / "dispatch").symlink_to("src/charm.py")
    (tmp_path / "again").mkdir()
    take_charm(charm, tmp_path / "again")
    assert (tmp_path / "again/charm/src/charm.py").stat().st_mode & 0o111 == 0


def test_a_link_to_nothing_is_named_and_nothing_is_made_at_its_end(tmp_path: Path, charm: Path):
    (charm / "charmcraft.yaml").write_text("name: odd\nconfig: {options: {a: {type: string}}}\n")
    (charm / "config.yaml").symlink_to(tmp_path / "made")
    with pytest.raises(KafkastackError, match=r"config\.yaml is a link to .* leads out"):
        take_charm(charm, tmp_path)
    assert not (tmp_path / "made").exists()

    (charm / "config.yaml").unlink()
    (charm / "config.yaml").symlink_to("none.yaml")
    (tmp_path / "again").mkdir()
    with pytest.raises(KafkastackError, match=r"config\.yaml is a link to nothing"):
        take_charm(charm, tmp_path / "again")


def test_a_fifo_or_a_socket_in_a_charm_is_named(tmp_path: Path, charm: Path):
    os.mkfifo(charm / "config.yaml")
    with pytest.raises(KafkastackError, match=r"config\.yaml in the charm is a FIFO"):
        take_charm(charm, tmp_path)

    (charm / "config.yaml").unlink()
    os.mkfifo(charm / "src" / "fifo")
    (tmp_path / "again").mkdir()
    with pytest.raises(KafkastackError, match="src/fifo in the charm is a FIFO"):
        take_charm(charm, tmp_path / "again")


def test_what_is_left_out_may_be_of_any_kind(tmp_path: Path, charm: Path, private: Path):
    (charm / "venv").symlink_to(private.parent)
    (charm / ".git").symlink_to(private)
    (charm / "tests").mkdir()
    os.mkfifo(charm / "tests" / "fifo")

    take_charm(charm, tmp_path)

    taken = tmp_path / "charm"
    assert sorted(p.name for p in taken.iterdir()) == ["dispatch", "metadata.yaml", "src"]


def test_a_setuid_file_of_a_charm_loses_its_bits(tmp_path: Path, charm: Path):
    (charm / "tool").touch()
    (charm / "tool").chmod(0o6755)
    take_charm(charm, tmp_path)
    assert stat.S_IMODE((tmp_path / "charm" / "tool").stat().st_mode) == 0o755


def test_what_was_read_is_kept_and_the_files_are_not_read_again(
    tmp_path: Path, shelf: CharmShelf, charm: Path, private: Path
):
    digest = asyncio.run(shelf.take(charm))
    metadata = shelf.files(digest) / "metadata.yaml"
    metadata.unlink()
    metadata.symlink_to(private)  # somebody has got at the shelf

    meta = CharmShelf(tmp_path / "charms").meta(digest)

    assert meta == shelf.meta(digest)
    assert (meta.name, meta.endpoints["db"].interface) == ("odd", "sql")


def test_a_shelf_of_an_older_version_is_read_as_before(
    tmp_path: Path, shelf: CharmShelf, charm: Path
):
    digest = shelf.take_now(charm)
    beside = tmp_path / "charms" / f"{digest}.json"
    for content in (None, b"", b'{"format": 0, "meta": {"name": "other"}}'):
        beside.unlink(missing_ok=True)
        if content is not None:
            beside.write_bytes(content)
        assert CharmShelf(tmp_path / "charms").meta(digest).name == "odd"


def test_a_damaged_charm_on_the_shelf_is_one_sentence_with_what_to_type(
    tmp_path: Path, shelf: CharmShelf, charm: Path
):
    digest = shelf.take_now(charm)
    (tmp_path / "charms" / f"{digest}.json").unlink()
    (shelf.files(digest) / "metadata.yaml").unlink()
    os.mkfifo(shelf.files(digest) / "metadata.yaml")

    with pytest.raises(
        KafkastackError, match=r"on the shelf is damaged: metadata\.yaml is a FIFO"
    ):
        CharmShelf(tmp_path / "charms").meta(digest)


def test_nothing_is_left_of_a_charm_that_is_refused_or_was_being_taken(
    tmp_path: Path, shelf: CharmShelf, charm: Path
):
    os.mkfifo(charm / "fifo")
    with pytest.raises(KafkastackError, match="fifo"):
        asyncio.run(shelf.take(charm))
    assert not list((tmp_path / "charms").iterdir())

    (tmp_path / "charms" / ".killed").mkdir()
    CharmShelf(tmp_path / "charms")
    assert not list((tmp_path / "charms").iterdir())


def test_the_digest_of_a_charm_is_what_it_has_always_been(tmp_path: Path, charm: Path):
    (charm / "hooks").mkdir()
    (charm / "hooks" / "install").symlink_to("../src/charm.py")
    (charm / "src" / "charm.py").chmod(0o755)
    (charm / "src-2").mkdir()
    (charm / "src-2" / "x").touch()
    assert digest_of(charm) == "5f30957814783e9cfddc"


def test_the_format_beside_a_charm_is_raised_when_what_a_charm_says_changes():
    kinds = [kind for kind in vars(charm_model).values() if isinstance(kind, type(CharmMeta))]
    fields = [(k.__name__, f.name, str(f.type)) for k in kinds for f in msgspec.structs.fields(k)]
    shape = hashlib.sha256(msgspec.json.encode(sorted(fields))).hexdigest()
    assert shape[:12] == "f67a77d400c9", (
        "raise _FORMAT in charm_shelf.py, then write the new digest here"
    )


def test_a_resource_is_a_regular_file(tmp_path: Path, shelf: CharmShelf):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "jar").write_bytes(b"jar")
    (tmp_path / "link").symlink_to("jar")

    with pytest.raises(KafkastackError, match="fifo is a FIFO"):
        shelf.take_resource(tmp_path / "fifo", "kafka.jar")
    with pytest.raises(KafkastackError, match="is a device"):
        shelf.take_resource(Path("/dev/zero"), "kafka.jar")
    taken = shelf.take_resource(tmp_path / "link", "kafka.jar")

    assert not taken.is_symlink() and taken.read_bytes() == b"jar"
    assert sorted(path.name for path in shelf.resources.iterdir()) == [taken.parent.name]


def library_beside(charm: Path, text: str = "WHO = 'beside'") -> Path:
    folder = charm.parent / "lib/src/kafkastack_charms"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(text)
    return folder


def test_a_charm_gets_the_library_that_lies_beside_its_folder(tmp_path: Path, charm: Path):
    (library_beside(charm) / "__pycache__").mkdir()
    without = tmp_path / "without"
    for folder in (without, tmp_path / "with"):
        folder.mkdir()
    taken = take_charm(charm, tmp_path / "with")
    brought = tmp_path / "with/charm/lib/kafkastack_charms"
    assert [path.name for path in brought.iterdir()] == ["__init__.py"]
    (charm.parent / "lib").rename(tmp_path / "elsewhere")
    assert take_charm(charm, without).digest != taken.digest
    assert not (without / "charm/lib").exists()


def test_a_charm_that_brings_the_library_keeps_its_own(tmp_path: Path, charm: Path):
    library_beside(charm)
    own = charm / "lib/kafkastack_charms"
    own.mkdir(parents=True)
    (own / "__init__.py").write_text("WHO = 'own'")
    take_charm(charm, tmp_path)
    assert "own" in (tmp_path / "charm/lib/kafkastack_charms/__init__.py").read_text()


def test_a_library_that_is_a_link_is_refused(tmp_path: Path, charm: Path):
    library_beside(charm).rename(tmp_path / "elsewhere")
    (tmp_path / "lib/src/kafkastack_charms").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KafkastackError, match=r"kafkastack_charms is a link to .*leads out"):
        take_charm(charm, tmp_path)


CLOUDS = '{"options": {"local": {"profile": "testing"}}}'


def test_an_option_has_the_default_of_the_cloud_of_the_shelf(tmp_path: Path, charm: Path):
    (charm / "config.yaml").write_text("options: {profile: {type: string, default: production}}")
    (charm / "channels.json").write_text(CLOUDS)
    defaults = {}
    for provider in ("local", "openstack"):
        root = tmp_path / provider
        digest = CharmShelf(root, provider).take_now(charm)
        (beside,) = root.glob("*.json")
        read, again = (CharmShelf(root, provider).meta(digest) for _ in range(2))
        beside.unlink()  # as a version before has left it
        older = CharmShelf(root, provider).meta(digest)
        defaults[provider] = {m.options["profile"].default for m in (read, again, older)}
    assert defaults == {"local": {"testing"}, "openstack": {"production"}}


@pytest.mark.parametrize(
    ("provider", "profile"),
    [("local", "testing"), ("openstack", "production"), ("", "production")],
)
def test_our_kafka_is_small_on_local_alone(tmp_path: Path, provider: str, profile: str):
    shelf = CharmShelf(tmp_path / "shelf", provider)
    meta = shelf.meta(shelf.take_now(our_charms.charms_dir() / "kafka"))
    assert meta.options["profile"].default == profile


@pytest.mark.parametrize(
    ("options", "said"),
    [("{}", 'unknown option "profile"'), ("{profile: {type: int, default: 1}}", "profile")],
)
def test_a_default_of_a_cloud_that_no_option_can_have_is_refused(
    tmp_path: Path, charm: Path, options: str, said: str
):
    (charm / "config.yaml").write_text(f"options: {options}")
    (charm / "channels.json").write_text(CLOUDS)
    with pytest.raises(KafkastackError, match=said):
        CharmShelf(tmp_path / "shelf", "local").take_now(charm)


def test_a_channels_file_that_leads_out_of_the_charm_is_refused(charm: Path, private: Path):
    (charm / "channels.json").symlink_to(private)
    with pytest.raises(KafkastackError, match=r"channels.json is a link to .*, which leads out"):
        CharmShelf(private.parent / "shelf", "local").take_now(charm)
