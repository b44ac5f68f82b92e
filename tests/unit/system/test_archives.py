"""An archive of a stranger makes files, folders and links that stay inside, or is refused."""

import io
import stat
import tarfile
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kafkastack.errors import KafkastackError
from kafkastack.system.archives import read_members, unpack_tar, unpack_zip
from kafkastack.system.tree_rules import CHARM, SCP, STORAGE, Bounds

FILE, LINK, FOLDER = stat.S_IFREG | 0o644, stat.S_IFLNK | 0o644, stat.S_IFDIR | 0o644
FIFO, DEVICE, SOCKET = stat.S_IFIFO | 0o644, stat.S_IFCHR | 0o644, stat.S_IFSOCK | 0o644
Member = tuple[str, str, int]


def zipped(folder: Path, *members: Member) -> Path:
    path = folder / "x.charm"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, content, mode in members:
            entry = zipfile.ZipInfo(name)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, mode << 16
            archive.writestr(entry, content)
    return path


class Endless(io.RawIOBase):
    """A beginning, and then the same for ever."""

    def __init__(self, beginning: bytes, block: bytes) -> None:
        self._left, self._block = beginning, block
        self.read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        self._left += self._block * (size // len(self._block) + 1)
        taken, self._left = self._left[:size], self._left[size:]
        self.read_bytes += size
        assert self.read_bytes < 4 << 20, "it is read without an end"
        return taken


def old_sparse() -> Endless:
    """A sparse file of GNU's old kind, whose list of holes has no end."""
    member = tarfile.TarInfo("x")
    member.type = tarfile.GNUTYPE_SPARSE
    head = bytearray(member.tobuf(format=tarfile.GNU_FORMAT))
    number = b"00000000001\0"
    head[386:495] = number * 8 + b"\1" + number
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return Endless(bytes(head), number * 42 + b"\1" + b"\0" * 7)


def new_sparse() -> Endless:
    """One of the kind that pax has, whose list of holes has no end either."""
    kind = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "x"}
    member = tarfile.TarInfo("x")
    member.pax_headers = {**kind, "GNU.sparse.realsize": "9", "size": "999999999999"}
    head = member.tobuf(format=tarfile.PAX_FORMAT)
    return Endless(head + b"999999999\n", b"1\n" * 256)


@pytest.mark.parametrize("endless", [old_sparse, new_sparse])
def test_the_holes_of_a_sparse_file_are_not_listed_for_ever(
    tmp_path: Path, endless: Callable[[], Endless]
):
    with pytest.raises(KafkastackError, match="a file of it is sparse"):
        unpack_tar(cast(IO[bytes], endless()), "x", tmp_path / "x", STORAGE)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder of somebody else's with a private file."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "private").write_text("mine")
    (folder / "private").chmod(0o600)
    return folder


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([("l", "{out}", LINK), ("l/owned.txt", "x", FILE)], "l is in the charm twice"),
        ([("f", "{out}/private", LINK), ("f", "x", FILE)], "f is a link .*leads out"),
        ([("f", "x", FILE), ("f", "f", LINK)], "f is in the charm twice"),
        ([("f", "x", FILE), ("f/g", "x", FILE)], "f is in the charm twice"),
        ([("f", "x", FILE), ("./f", "y", FILE)], "f is in the charm twice"),
        ([("dispatch", "{out}/private", LINK)], "dispatch is a link to .*leads out of the charm"),
        ([("config.yaml", "../../outside/new", LINK)], "leads out of the charm"),
        ([("a/b/up", "../..", LINK), ("x", "a/b/up/../outside", LINK)], "x is a link .*leads out"),
        ([("a", "b", LINK), ("b", "c", LINK), ("c", "../outside", LINK)], "leads out"),
        ([("d", "missing/../..", LINK)], "leads out"),
        ([("../evil", "x", FILE)], "leads out of the charm"),
        ([("/evil", "x", FILE)], "leads out of the charm"),
        ([("pipe", "", FIFO)], "pipe in the charm is a FIFO"),
        ([("zero", "", DEVICE)], "zero in the charm is a device"),
        ([("sock", "", SOCKET)], "sock in the charm is a socket"),
        ([("a" * 300, "x", FILE)], "too long"),
        ([("a/" * 70 + "f", "x", FILE)], "more than 64 folders deep"),
        ([("\x1b[2Jf", "x", FILE)], r"characters that no name should have: \\x1b"),
        ([("l", "", LINK)], "a link to no usable name"),
        ([("", "x", FILE)], "twice"),
    ],
)
def test_an_archive_that_would_reach_out_is_refused(
    tmp_path: Path, outside: Path, members: list[Member], said: str
):
    made = zipped(
        tmp_path, *((n, text.replace("{out}", str(outside)), m) for n, text, m in members)
    )

    with pytest.raises(KafkastackError, match=rf"x\.charm cannot be unpacked: .*{said}"):
        unpack_zip(made, tmp_path / "tree", CHARM)

    assert [path.name for path in outside.iterdir()] == ["private"]
    assert (outside / "private").read_text() == "mine"
    assert (outside / "private").stat().st_mode & 0o777 == 0o600


def test_links_that_stay_inside_are_kept_and_setuid_is_not(tmp_path: Path):
    members = [
        ("hooks/install", "../dispatch", LINK),
        ("hooks/start", "install", LINK),
        ("later", "lib/none", LINK),
        ("circle", "circle", LINK),
        ("dispatch", "#!/bin/sh\n", FILE | 0o6755),
    ]
    unpack_zip(zipped(tmp_path, *members), tmp_path / "tree", CHARM)

    assert (tmp_path / "tree/hooks/start").resolve() == tmp_path / "tree/dispatch"
    assert (tmp_path / "tree/dispatch").stat().st_mode & 0o7777 == 0o755


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        (Bounds(bytes=1 << 20), "is larger than 1 MiB"),
        (Bounds(members=3), "has more than 3 files"),
        (Bounds(links=0), "has more than 0 links"),
    ],
)
def test_an_archive_has_bounds(tmp_path: Path, bounds: Bounds, said: str):
    zeros = ("zeros", "\0" * (3 << 20), FILE)
    made = zipped(tmp_path, zeros, ("a", "", FILE), ("l", "a", LINK), ("b/c", "", FILE))

    with pytest.raises(KafkastackError, match=said):
        unpack_zip(made, tmp_path / "tree", replace(CHARM, bounds=bounds))

    assert not (tmp_path / "tree" / "b").exists()


def test_a_hundred_thousand_members_are_refused_before_they_are_read(tmp_path: Path):
    made = zipped(tmp_path, ("f", "", FILE))
    end = made.read_bytes().rindex(b"PK\x05\x06")
    damaged = bytearray(made.read_bytes())
    start = int.from_bytes(damaged[end + 16 : end + 20], "little")
    entry = bytes(damaged[start:end])
    many = entry * 200_000
    damaged[start:end] = many
    end = start + len(many)
    damaged[end + 12 : end + 16] = len(many).to_bytes(4, "little")
    made.write_bytes(damaged)

    with pytest.raises(KafkastackError, match="it has too many members"):
        unpack_zip(made, tmp_path / "tree", CHARM)


def garbage(data: bytes) -> bytes:
    return b"PK not a zip" + data[12:40]


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes:
    return data[:50] + bytes((data[50] ^ 0xFF, data[51] ^ 0xFF)) + data[52:]


def encrypted(data: bytes) -> bytes:
    at = data.index(b"PK\x01\x02")
    return data[:at] + data[at:].replace(
        b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0"
    )


def of_another_method(data: bytes) -> bytes:
    at = data.index(b"PK\x01\x02")
    return data[: at + 10] + b"\x0c\0" + data[at + 12 :]


def of_a_bad_name(data: bytes) -> bytes:
    at = data.index(b"PK\x01\x02")
    data = data[: at + 8] + b"\0\x08" + data[at + 10 :]
    return data[: at + 46] + b"\xff" + data[at + 47 :]


def of_another_start(data: bytes) -> bytes:
    at = data.index(b"PK\x01\x02")
    return data[: at + 42] + b"\xff\xff\0\0" + data[at + 46 :]


@pytest.mark.parametrize(
    "spoil",
    [garbage, cut, flipped, encrypted, of_another_method, of_a_bad_name, of_another_start],
)
def test_a_damaged_archive_is_one_sentence(tmp_path: Path, spoil: Callable[[bytes], bytes]):
    made = zipped(tmp_path, ("metadata.yaml", "name: x\n" * 100, FILE))
    spoiled = spoil(made.read_bytes())
    assert spoiled != made.read_bytes()
    made.write_bytes(spoiled)

    for read in (
        lambda: unpack_zip(made, tmp_path / "tree", CHARM),
        lambda: read_members(made, ["metadata.yaml", "\xff"], 1 << 20),
    ):
        with pytest.raises(KafkastackError, match=r"x\.charm cannot be unpacked: ") as told:
            read()
        assert "\n" not in told.value.message


def test_a_member_is_read_up_to_a_bound(tmp_path: Path):
    made = zipped(tmp_path, ("a", "1" * 5000, FILE), ("l", "/etc/passwd", LINK))

    assert read_members(made, ["a", "none"], 5000) == {"a": b"1" * 5000}
    with pytest.raises(KafkastackError, match=r"a in .* is larger than 4 KiB"):
        read_members(made, ["a"], 4096)
    with pytest.raises(KafkastackError, match=r"l in .* is not a file"):
        read_members(made, ["l"], 4096)


NAMES = st.sampled_from(
    ["a", "a/b", "a/b/c", "b", "b/../c", "./a", "a//b", "a/", "../e", "/e", ""]
)
TARGETS = st.sampled_from(["a", "b", "..", "../..", ".", "a/b/../../..", "b/c", "/etc", "x", ""])
KINDS = st.sampled_from([FILE, LINK, LINK, FOLDER, FIFO, 0])


LIKELY = st.tuples(  # most of the others are refused by their names, before their links are made
    st.sampled_from(["a", "a/b", "b", "c/d"]),
    TARGETS | st.sampled_from(["../a", "../b", "../.."]),
    st.sampled_from([FILE, LINK, FOLDER]),
)


@given(
    st.lists(st.tuples(NAMES, TARGETS, KINDS), max_size=6)
    | st.lists(LIKELY, max_size=3, unique_by=lambda member: member[0])
)
@example([("a", "text", FILE), ("b", "a", LINK), ("c/d", "../b", LINK)])
@settings(max_examples=200, database=None)
def test_whatever_an_archive_holds_stays_inside(members: list[Member]):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        made, tree = zipped(folder, *members), folder / "tree"
        with suppress(KafkastackError):
            unpack_zip(made, tree, CHARM)
            for path in tree.rglob("*"):
                assert path.parent.resolve().is_relative_to(tree)
                if path.is_symlink() and path.exists():
                    assert path.resolve().is_relative_to(tree)
        assert {path.name for path in folder.iterdir()} <= {"x.charm", "tree"}


def tarred(*members: tarfile.TarInfo) -> io.BytesIO:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(b"x" * member.size))
    made.seek(0)
    return made


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mode, made.mtime = kind, link, 0o4755, 1000
    made.size = 3 if kind == tarfile.REGTYPE else 0
    return made


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([member("a/l", tarfile.SYMTYPE, "{out}"), member("a/l/owned")], "l is in .* twice"),
        ([member("a/l", tarfile.SYMTYPE, "{out}")], "l is a link to .* leads out"),
        ([member("a", tarfile.SYMTYPE, "{out}")], "leads out"),
        ([member("a/h", tarfile.LNKTYPE, "{out}/private")], "leads out"),
        ([member("a/h", tarfile.LNKTYPE, "a/none")], "none, which is no file"),
        ([member("a/../../evil")], "leads out"),
        ([member("/a/evil")], "leads out"),
        ([member("b/evil")], "leads out"),
        ([member("a/f", tarfile.FIFOTYPE)], "f in .* is a FIFO"),
        ([member("a/f", tarfile.BLKTYPE)], "f in .* is a device"),
    ],
)
def test_a_tar_that_would_reach_out_is_refused(
    tmp_path: Path, outside: Path, members: list[tarfile.TarInfo], said: str
):
    for one in members:
        one.linkname = one.linkname.replace("{out}", str(outside))

    with pytest.raises(KafkastackError, match=said):
        unpack_tar(tarred(*members), "a", tmp_path / "tree", SCP)

    assert [path.name for path in outside.iterdir()] == ["private"]


def test_a_storage_comes_as_it_is_but_without_its_sockets(tmp_path: Path):
    made = tarred(
        member("a", tarfile.DIRTYPE),
        member("a/log"),
        member("a/same", tarfile.LNKTYPE, "a/log"),
        member("a/out", tarfile.SYMTYPE, "/elsewhere"),
        member("a/f", tarfile.FIFOTYPE),
    )

    unpack_tar(made, "a", tmp_path / "data", STORAGE)

    data = tmp_path / "data"
    assert sorted(path.name for path in data.iterdir()) == ["log", "out", "same"]
    assert (data / "log").samefile(data / "same") and (data / "log").read_bytes() == b"xxx"
    assert (data / "out").readlink() == Path("/elsewhere")
    assert (data / "log").stat().st_mode & 0o7777 == 0o755
    assert (data / "log").stat().st_mtime == 1000


def test_a_tar_that_is_none_or_announces_too_much_is_one_sentence(tmp_path: Path):
    long = member("././@LongLink", tarfile.GNUTYPE_LONGNAME)
    long.size = 1 << 30
    for data in (b"!" * 1024, b"", long.tobuf(tarfile.GNU_FORMAT) + b"a" * 2048):
        with pytest.raises(KafkastackError, match="the archive of a cannot be unpacked: "):
            unpack_tar(io.BytesIO(data), "a", tmp_path / "tree", SCP)
