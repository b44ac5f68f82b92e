"""Runner of the client on this unit: its folder, its service, and the reason why it runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import settings
from plan import Start
from service import Service
from settings import Settings

CA, CERTIFICATE, KEY = "ca.pem", "certificate.pem", "key.pem"
HALTED = "halted"


class Runner:
    """Makes the client on this unit be what it should be; restarts it only for a reason."""

    def __init__(self, folder: Path, service: Service) -> None:
        self._folder = folder
        self.service = service

    @property
    def present(self) -> Settings | None:
        """What was started last, and not ended."""
        return settings.load(self._folder)

    def choose_log(self, run: str, fresh: str) -> str:
        """Return the log of a run: the one it has, or a fresh one."""
        present = self.present
        return present.log if present and present.run == run else fresh

    def ensure(self, start: Start, anew: bool) -> None:
        """Start the client unless it runs as wanted, or its run has finished or was halted."""
        wanted = start.settings
        if self._is_halted(wanted.run) or self._is_finished(wanted.run):
            return
        if wanted == self.present and self.service.is_active() and not anew:
            return
        self._write_tls(start)
        settings.save(self._folder, wanted)
        self.service.start()

    def pause(self) -> None:
        """Stop the client; its run can go on."""
        self.service.stop()

    def halt(self) -> None:
        """Stop the client and keep its run from being started again."""
        present = self.present
        self.service.stop()
        if present:
            settings.write_private(self._folder / HALTED, present.run)

    def end(self) -> None:
        """Stop the client and remove its settings with all that is secret in them."""
        self.service.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def describe(self) -> tuple[str, dict[str, str]]:
        """Return the name of the status that fits the process, and what its text needs."""
        present = self.present
        if present is None:
            return "unrelated", {}
        if self._is_halted(present.run):
            name = "halted"
        elif self._is_finished(present.run) or self.service.is_active():
            name = "running"
        else:
            name = "dead"
        return name, {"topic": present.topic, "role": present.role, "log": present.log}

    def _is_halted(self, run: str) -> bool:
        path = self._folder / HALTED
        return path.exists() and path.read_text() == run

    def _is_finished(self, run: str) -> bool:
        present = self.present
        if present is None or (present.run, present.role) != (run, "producer"):
            return False
        return settings.read_progress(self._folder, run) >= present.num_messages

    def _write_tls(self, start: Start) -> None:
        files = start.files
        texts = {
            CA: start.ca,
            CERTIFICATE: files.certificate if files else "",
            KEY: files.key if files else "",
        }
        for name, text in texts.items():
            settings.write_private(self._folder / name, text)
