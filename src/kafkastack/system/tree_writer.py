"""Writer of a tree of files, folders and links from what a stranger wrote."""

import os
import stat
from collections.abc import Callable
from typing import NoReturn

from kafkastack.errors import KafkastackError
from kafkastack.model.links import Place, leading_out
from kafkastack.system.beneath import Owner, enter
from kafkastack.system.names import is_plain, kind_of, shown
from kafkastack.system.tree_rules import Rules

Feed = Callable[[int, int], int]  # (descriptor, most bytes) → bytes written; more than most: stop

_MODE = 0o777  # no setuid, no setgid, no sticky bit
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LATEST = 1 << 62  # nanoseconds: a time that a file system can keep


class TreeWriter:
    """Makes a tree below an open folder: everything in it is new, and links are made last."""

    def __init__(self, folder: int, rules: Rules, owner: Owner | None = None) -> None:
        self._top = folder
        self._rules = rules
        self._owner = owner
        self._room = rules.bounds.bytes
        self._members = 0
        self._links: dict[Place, str] = {}
        self._modes: dict[Place, tuple[int, int]] = {}  # of folders: mode and time
        self._at: Place = ()
        self._open = -1

    def __enter__(self) -> "TreeWriter":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._leave()

    def announce(self, members: int, size: int) -> None:
        """Refuse at once what says itself that it is too large; what lies is found out later."""
        if members > self._rules.bounds.members:
            self._refuse_members()
        if size > self._rules.bounds.bytes:
            self._refuse_size()

    def folder(self, place: Place, mode: int = 0o755, mtime: int = -1) -> None:
        """Make a folder, and those on the way to it; its mode and time are set in the end."""
        self._enter(place)
        self._modes[place] = mode, mtime

    def file(self, place: Place, feed: Feed, mode: int = 0o644, mtime: int = -1) -> None:
        """Make a file, and fill it."""
        self._count(place)
        parent = self._enter(place[:-1])
        try:
            descriptor = os.open(place[-1], _NEW_FILE, 0o600, dir_fd=parent)
        except FileExistsError:
            self._refuse_twice(place)
        try:
            self._room -= feed(descriptor, self._room)
            if self._room < 0:
                self._refuse_size()
            if self._owner:
                os.fchown(descriptor, *self._owner)
            os.fchmod(descriptor, mode & _MODE)
            if mtime >= 0:
                _set_time(descriptor, mtime)
        finally:
            os.close(descriptor)

    def link(self, place: Place, target: str) -> None:
        """Remember a link; it is made when all else is there."""
        self._count(place)
        self._enter(place[:-1])
        if place in self._links:
            self._refuse_twice(place)
        if not target or "\0" in target or len(os.fsencode(target)) > self._rules.bounds.path:
            self.refuse(f"{_inner(place)} in {self._rules.whole} is a link to no usable name")
        self._links[place] = target
        if len(self._links) > self._rules.bounds.links:
            self.refuse(f"{self._rules.whole} has more than {self._rules.bounds.links} links")

    def hard_link(self, place: Place, target: Place) -> None:
        """Give a file of the tree another name."""
        self._count(place)
        try:
            source = self._enter(target[:-1], make=False)
            if not stat.S_ISREG(os.lstat(target[-1], dir_fd=source).st_mode):
                raise FileNotFoundError
            held = os.dup(source)
        except OSError:
            self.refuse(f"{_inner(place)} is a hard link to {_inner(target)}, which is no file")
        try:
            parent = self._enter(place[:-1])
            os.link(
                target[-1], place[-1], src_dir_fd=held, dst_dir_fd=parent, follow_symlinks=False
            )
        except FileExistsError:
            self._refuse_twice(place)
        finally:
            os.close(held)

    def other(self, place: Place, mode: int) -> None:
        """Refuse what is no file, folder or link, or leave it out."""
        if self._rules.others == "refused":
            self.refuse(f"{_inner(place)} in {self._rules.whole} is {kind_of(mode)}")

    def refuse(self, message: str) -> NoReturn:
        """Raise the error that ends it all."""
        raise KafkastackError(message, self._rules.advice)

    def _count(self, place: Place) -> None:
        """Refuse a name, or one too many, before anything is made of it."""
        bounds, whole = self._rules.bounds, self._rules.whole
        self._members += 1
        if self._members > bounds.members:
            self._refuse_members()
        if len(place) > bounds.depth:
            self.refuse(f"{_inner(place)} in {whole} lies more than {bounds.depth} folders deep")
        sizes = [len(os.fsencode(name)) for name in place]
        if max(sizes) > bounds.name or sum(sizes) + len(sizes) > bounds.path:
            self.refuse(f"a name in {whole} is too long: {_inner(place)}")
        if self._rules.names == "plain" and not is_plain(place[-1]):
            self.refuse(
                f"a name in {whole} has characters that no name should have: {_inner(place)}"
            )

    def _enter(self, place: Place, *, make: bool = True) -> int:
        """Return the descriptor of a folder of the tree; it is made if it is not there yet."""
        if place == self._at and self._open >= 0:
            return self._open
        self._leave()
        folder = os.dup(self._top)
        for depth in range(1, len(place) + 1):
            inner = self._step(folder, place[:depth], make=make)
            os.close(folder)
            folder = inner
        self._at, self._open = place, folder
        return folder

    def _step(self, folder: int, place: Place, *, make: bool) -> int:
        try:
            if place in self._modes or not make:
                return enter(folder, place[-1])
            if place in self._links:
                self._refuse_twice(place)
            self._count(place)
            try:
                os.mkdir(place[-1], 0o700, dir_fd=folder)
            except FileExistsError:
                self._refuse_twice(place)
            self._modes[place] = 0o755, -1
            inner = enter(folder, place[-1])
            if self._owner:
                os.fchown(inner, *self._owner)
            return inner
        except BaseException:
            os.close(folder)
            raise

    def _leave(self) -> None:
        if self._open >= 0:
            os.close(self._open)
        self._open = -1

    def _refuse_members(self) -> NoReturn:
        self.refuse(f"{self._rules.whole} has more than {self._rules.bounds.members} files")

    def _refuse_size(self) -> NoReturn:
        self.refuse(f"{self._rules.whole} is larger than {self._rules.bounds.bytes >> 20} MiB")

    def _refuse_twice(self, place: Place) -> NoReturn:
        self.refuse(f"{_inner(place)} is in {self._rules.whole} twice")

    def _finish(self) -> None:
        self._make_links()
        for place, (mode, mtime) in sorted(self._modes.items(), reverse=True):
            folder = self._enter(place)
            if mtime >= 0:
                _set_time(folder, mtime)
            os.fchmod(folder, mode & _MODE | 0o700)

    def _make_links(self) -> None:
        if self._rules.links == "inside" and (place := self._leading_out()):
            to = shown(self._links[place])
            whole = self._rules.whole
            raise KafkastackError(
                f"{_inner(place)} is a link to {to}, which leads out of {whole}",
                f"put a copy of what it leads to in its place, or take it out of {whole}",
            )
        made: dict[tuple[Place, str], str] = {}  # name of the first, by folder and target
        for place, target in self._links.items():
            parent, name = self._enter(place[:-1]), place[-1]
            try:
                _make_link(parent, made.setdefault((place[:-1], target), name), name, target)
            except FileExistsError:
                self._refuse_twice(place)
            if self._owner:
                os.chown(name, *self._owner, dir_fd=parent, follow_symlinks=False)

    def _leading_out(self) -> Place | None:
        """Return a link that leads out of the one file or folder that the tree is."""
        if top := next((place for place in self._links if len(place) == 1), None):
            return top
        found = leading_out({place[1:]: target for place, target in self._links.items()})
        return None if found is None else next(p for p in self._links if p[1:] == found)


def _make_link(folder: int, first: str, name: str, target: str) -> None:
    """Make a link; one that says what `first` says is that link by another name.

    A new inode costs far more than a new name where many were freed just now.
    """
    if name != first:
        try:
            os.link(first, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            raise
        except OSError:  # not of every file system
            pass
        else:
            return
    os.symlink(target, name, dir_fd=folder)


def _set_time(descriptor: int, mtime: int) -> None:
    time = min(mtime, _LATEST)
    os.utime(descriptor, ns=(time, time))


def _inner(place: Place) -> str:
    """Return a place as it is called from within the tree."""
    return shown(place[1:] or place)
