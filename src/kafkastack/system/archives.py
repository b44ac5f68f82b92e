"""Unpacker of zip and tar archives of strangers, and reader of a few files of one."""

import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, NoReturn

from kafkastack.errors import KafkastackError
from kafkastack.model.links import Place
from kafkastack.system import beneath
from kafkastack.system.names import parts_of, shown
from kafkastack.system.reading import open_regular
from kafkastack.system.tree_rules import Rules
from kafkastack.system.tree_writer import TreeWriter
from kafkastack.system.trees import write_all

_CHUNK = 1 << 18
_AGAIN = "it is damaged, or there is no room for it: make it again"
_INDEX = 1 << 23  # bytes of what is read at once: the list of an archive's members is
_LATEST = 1 << 33  # seconds: a time that a file system can keep
_HEADER = 1 << 20  # bytes of a tar header of a long name and the like
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others unpack without a bound
_LONG_HEADERS = frozenset((b"x", b"g", b"X", b"L", b"K"))

_TAR_KINDS = {
    tarfile.FIFOTYPE: stat.S_IFIFO,
    tarfile.CHRTYPE: stat.S_IFCHR,
    tarfile.BLKTYPE: stat.S_IFBLK,
}


def unpack_zip(source: Path, target: Path, rules: Rules) -> None:
    """Unpack a zip archive to the new folder `target`; its programs stay programs."""
    with (
        _damage_told(str(source)),
        _zip(source) as archive,
        beneath.opened(target.parent) as folder,
        TreeWriter(folder, rules) as writer,
    ):
        writer.announce(len(archive.filelist), sum(e.file_size for e in archive.filelist))
        writer.folder((target.name,))
        for entry in archive.filelist:
            _zip_member(archive, entry, writer, (target.name, *_names(entry.filename, rules)))


def read_members(source: Path, names: Iterable[str], most: int) -> dict[str, bytes]:
    """Return those of these members that a zip archive has, none larger than `most` bytes."""
    found: dict[str, bytes] = {}
    with _damage_told(str(source)), _zip(source) as archive:
        there = {entry.filename: entry for entry in archive.infolist()}
        for name in (name for name in names if name in there):
            _refuse_unreadable(there[name])
            if not _is_file(there[name]):
                raise KafkastackError(f"{name} in {source} is not a file")
            with archive.open(there[name]) as stream:
                found[name] = stream.read(most + 1)
            if len(found[name]) > most:
                raise KafkastackError(f"{name} in {source} is larger than {most >> 10} KiB")
    return found


@contextmanager
def _zip(source: Path) -> Generator[zipfile.ZipFile]:
    with _Limited(open_regular(source)) as file, zipfile.ZipFile(file) as archive:
        yield archive


class _Limited(io.BufferedReader):
    """A file of which nobody reads much at once: the list of members has a bound, too."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(io.FileIO(descriptor, "rb", closefd=True))

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _INDEX:
            raise KafkastackError("it has too many members")
        return super().read(size)


def _zip_member(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, writer: TreeWriter, place: Place
) -> None:
    mode = entry.external_attr >> 16
    _refuse_unreadable(entry)
    if entry.filename.endswith("/") or stat.S_ISDIR(mode):
        writer.folder(place)
    elif stat.S_ISLNK(mode):
        with archive.open(entry) as packed:
            writer.link(place, packed.read(1 << 13).decode())
    elif _is_file(entry):
        with archive.open(entry) as packed:
            writer.file(place, partial(_pour, packed), 0o755 if mode & 0o111 else 0o644)
    else:
        writer.other(place, mode)


def _is_file(entry: zipfile.ZipInfo) -> bool:
    """Report whether a member is a regular file; one that other systems made does not say."""
    return stat.S_IFMT(entry.external_attr >> 16) in (0, stat.S_IFREG)


def _refuse_unreadable(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & 1:
        raise KafkastackError(f"{shown(entry.filename)} is encrypted")
    if entry.compress_type not in _PACKED:
        raise KafkastackError(f"{shown(entry.filename)} is packed in another way than deflate")


def unpack_tar(
    stream: IO[bytes], name: str, target: Path, rules: Rules, *, keep_times: bool = True
) -> None:
    """Unpack the tar archive of the one file or folder `name` as `target`, which is new."""
    with (
        _damage_told(f"the archive of {shown(name)}"),
        tarfile.open(fileobj=stream, mode="r|", bufsize=_CHUNK, tarinfo=_Member) as archive,
        beneath.opened(target.parent) as folder,
        TreeWriter(folder, rules) as writer,
    ):
        unpacking = _Tar(archive, writer, (name, target.name), rules, keep_times=keep_times)
        while member := archive.next():
            unpacking.take(member)
            archive.members = []  # pyright: ignore[reportAttributeAccessIssue]  # it keeps each


class _Member(tarfile.TarInfo):
    """A header that can neither be huge nor lead back."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Member":
        member = super().frombuf(buf, encoding, errors)
        if member.size < 0 or (member.type in _LONG_HEADERS and member.size > _HEADER):
            raise KafkastackError("a header of it is none")
        if member.type == tarfile.GNUTYPE_SPARSE:
            cls._refuse_sparse()
        return member

    @staticmethod
    def _refuse_sparse(*_: object) -> NoReturn:
        """Refuse a list of holes, which is read as a whole, however long it is."""
        raise KafkastackError("a file of it is sparse", "make it again without --sparse")

    _proc_gnusparse_00 = _proc_gnusparse_01 = _proc_gnusparse_10 = _refuse_sparse


class _Tar:
    """What becomes of the members of an archive of one file or folder."""

    def __init__(
        self,
        archive: tarfile.TarFile,
        writer: TreeWriter,
        roots: tuple[str, str],
        rules: Rules,
        *,
        keep_times: bool,
    ) -> None:
        self._archive = archive
        self._writer = writer
        self._root, self._target = parts_of(roots[0]) or (), roots[1]
        self._rules = rules
        self._keep_times = keep_times

    def take(self, member: tarfile.TarInfo) -> None:
        place, writer = self._place(member.name), self._writer
        time = int(member.mtime * 1e9) if 0 <= member.mtime < _LATEST and self._keep_times else -1
        if member.isdir():
            writer.folder(place, member.mode, time)
        elif member.issym():
            writer.link(place, member.linkname)
        elif member.islnk():
            writer.hard_link(place, self._place(member.linkname))
        elif member.isreg() and not member.issparse():
            packed = self._archive.extractfile(member)
            assert packed  # noqa: S101  # it is a file
            writer.file(place, partial(_pour, packed), member.mode, time)
        else:
            writer.other(place, _TAR_KINDS.get(member.type, 0))

    def _place(self, path: str) -> Place:
        """Return where a member comes to: the root of the archive is the target."""
        names, depth = _names(path, self._rules), len(self._root)
        if names[:depth] != self._root:
            _refuse_out(path, self._rules)
        return (self._target, *names[depth:])


def _names(path: str, rules: Rules) -> Place:
    names = parts_of(path)
    if names is None:
        _refuse_out(path, rules)
    return names


def _refuse_out(path: str, rules: Rules) -> NoReturn:
    raise KafkastackError(f"{shown(path)} leads out of {rules.whole}", rules.advice)


def _pour(source: IO[bytes], target: int, most: int) -> int:
    written = 0
    while written <= most and (data := source.read(_CHUNK)):
        written += write_all(target, data)
    return written


@contextmanager
def _damage_told(what: str) -> Generator[None]:
    """Say in one sentence what the libraries say of an archive in a dozen ways."""
    try:
        yield
    except KafkastackError as error:
        raise KafkastackError(
            f"{what} cannot be unpacked: {error.message}", error.advice
        ) from error
    except Exception as error:
        text = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else error
        raise KafkastackError(f"{what} cannot be unpacked: {text}", _AGAIN) from error
