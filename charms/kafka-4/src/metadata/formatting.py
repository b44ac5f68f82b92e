"""Formatting of the storage of a new server: by its own distribution, and begun early.

The program takes as long as the first hooks of a unit. So the first hook that knows what the
storage is made with begins it in the background, beside the folders that the server will have.
The hook that starts the server waits for it and moves what it has made to its place, if it is
what is wanted by then; else everything is formatted then and there.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from kafkastack_charms import files, provider
from kafkastack_charms import properties as java
from kafkastack_charms.host import CannotInstallError
from kafkastack_charms.jar import argument_file, stamp_of
from kafkastack_charms.kafka import launch

_MAIN = "kafka.tools.StorageTool"
_PATIENCE = 120.0  # seconds for a JVM on a machine that does much else
_POLL = 0.01
# It has no configuration of a log, and what it says of itself nobody reads.
_SILENT = (
    "-Dlog4j2.loggerContextFactory=org.apache.logging.log4j.simple.SimpleLoggerContextFactory"
)
# What it prints holds passwords. The lock is inherited: it is free once nothing runs any more.
_BEHIND = (
    """{ "$0" "@$1"; told=$?; rm -f "$1"; echo "$told" > "$2"; } </dev/null >/dev/null 2>&1 &"""
)


class Formatting(NamedTuple):
    """What the storage of a new server is made with."""

    cluster_id: str
    is_first: bool  # it votes alone, until others have joined
    is_controller: bool
    first_users: Mapping[str, str]  # that are written into the metadata of the first controller


class Runner(NamedTuple):
    """What the program that formats is run with."""

    java: str
    jar: Path
    conf: Path
    user: str | None


def is_formatted(folders: Iterable[Path]) -> bool:
    """Report whether every folder of data has been formatted."""
    return all((folder / "meta.properties").exists() for folder in folders)


def format_words(how: Formatting, server_properties: Path) -> tuple[str, ...]:
    """Return the arguments of the program that formats."""
    role = "--standalone" if how.is_first else "--no-initial-controllers"
    users = [
        word
        for user, password in how.first_users.items()
        for word in ("--add-scram", f"SCRAM-SHA-512=[name={user},password={password}]")
    ]
    return (
        *("format", "--ignore-formatted", "--cluster-id", how.cluster_id),
        *("--config", str(server_properties)),
        *((role,) if how.is_controller else ()),
        *(users if how.is_first else ()),
    )


def _write_arguments(how: Formatting, runner: Runner) -> Path:
    """Write the arguments of Java: they hold passwords, so they stand in a file."""
    words = format_words(how, runner.conf / "server.properties")
    arguments = runner.conf / "format.args"
    flags = (*launch.FAST, *launch.ALWAYS, _SILENT)
    text = argument_file(flags, runner.jar, "", _MAIN, *words)
    files.write({arguments: launch.class_archive(runner.jar) + text}, runner.user)
    return arguments


def format_storage(how: Formatting, runner: Runner) -> None:
    """Format the storage of a server; CannotInstallError says why not."""
    arguments = _write_arguments(how, runner)
    try:
        done = subprocess.run(
            (runner.java, f"@{arguments}"),
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
            user=runner.user,
            group=runner.user,
        )
    except subprocess.TimeoutExpired:
        raise _too_long() from None
    finally:
        arguments.unlink()
    if done.returncode:
        raise CannotInstallError(f"formatting fails: {_reason(done.stderr or done.stdout)}")


def _too_long() -> CannotInstallError:
    return CannotInstallError(f"formatting takes longer than {_PATIENCE:.0f} s")


def _reason(said: str) -> str:
    """Return the complaint of a program, without anything that could be a record."""
    found = re.findall(r"(?:\w+\.)*(\w*(?:Exception|Error): .*)", said)
    return str(found[-1])[:200] if found else "see its log"


class Ahead(NamedTuple):
    """Formatting in the background, of a storage that has a place of its own until it is used."""

    runner: Runner
    data: tuple[Path, ...]  # the folders that the server will have

    @property
    def _folder(self) -> Path:
        return self.runner.conf / "formatting"

    @property
    def _fresh(self) -> tuple[Path, ...]:
        """The folders that are formatted: on the same disks, so that a move is one step."""
        return tuple(folder.with_name(f"{folder.name}.new") for folder in self.data)

    @property
    def _result(self) -> Path:
        return self._folder / "result"

    def begin(self, how: Formatting, key: str, settings: Mapping[str, str]) -> None:
        """Begin, unless the same was begun, or something else is still under way."""
        name = self._name(how, key, settings)
        if not self._is_idle() or files.read(self._folder / "name") == name:
            return
        self.forget()
        inside = self.runner._replace(conf=self._folder)
        files.make_folders((self.runner.conf, self._folder, *self._fresh), self.runner.user)
        ours = {**settings, "log.dirs": ",".join(map(str, self._fresh))}
        texts = {"server.properties": java.write(ours), "name": name}
        files.write({self._folder / file: text for file, text in texts.items()}, self.runner.user)
        self._start(_write_arguments(how, inside))

    def _start(self, arguments: Path) -> None:
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            subprocess.run(
                ("/bin/sh", "-c", _BEHIND, self.runner.java, str(arguments), str(self._result)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(lock,),
                check=True,
                start_new_session=True,  # it outlives the hook
                cwd="/",
                user=self.runner.user,
                group=self.runner.user,
            )
        finally:
            os.close(lock)

    def use(self, how: Formatting, key: str, settings: Mapping[str, str]) -> bool:
        """Wait for what was begun, and put it in its place; report whether it is what is wanted.

        What was interrupted here is gone on with: a folder that has moved is not there any more.
        """
        self._wait()
        is_wanted = files.read(self._folder / "name") == self._name(how, key, settings)
        if not is_wanted or files.read(self._result) != "0\n":
            return False
        made = [pair for pair in zip(self._fresh, self.data, strict=True) if pair[0].exists()]
        if any(folder.exists() and any(folder.iterdir()) for _, folder in made):
            return False
        for fresh, folder in reversed(made):  # the first has the metadata
            fresh.replace(folder)
        return is_formatted(self.data)

    def forget(self) -> None:
        """Remove all that was made here and is not used."""
        for folder in (*self._fresh, self._folder):
            shutil.rmtree(folder, ignore_errors=True)

    def _name(self, how: Formatting, key: str, settings: Mapping[str, str]) -> str:
        """Name what is made; gives nothing away, as the key is random."""
        which = {name: settings.get(name, "") for name in ("node.id", "process.roles", "log.dirs")}
        return provider.digest(key, how._asdict(), which, stamp_of(self.runner.jar))

    def _wait(self) -> None:
        until = time.monotonic() + _PATIENCE
        while not self._is_idle():
            if time.monotonic() > until:
                raise _too_long()
            time.sleep(_POLL)

    def _is_idle(self) -> bool:
        """Report whether nothing runs here."""
        try:
            lock = os.open(self._folder / "lock", os.O_RDWR | os.O_NOFOLLOW)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(lock)
        return True
