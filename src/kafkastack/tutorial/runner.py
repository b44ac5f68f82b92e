"""Runner of a tutorial: each step that is not done yet, and a record of it."""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from kafkastack.errors import (
    EXIT_CODES,
    ConflictError,
    KafkastackError,
    TimeoutExceededError,
)
from kafkastack.system.files import write_atomically
from kafkastack.tutorial import already, journal, placeholders, waits
from kafkastack.tutorial.already import verb_of
from kafkastack.tutorial.checks import know
from kafkastack.tutorial.document import Checkpoint, Command, File, Step, Tutorial
from kafkastack.tutorial.journal import Journal
from kafkastack.tutorial.library import DEFAULT
from kafkastack.tutorial.scene import Scene
from kafkastack.tutorial.screen import Screen
from kafkastack.tutorial.subject import Subject, subject_of

COMMAND_SECONDS = 600.0
DOWNLOAD_SECONDS = 3600.0
GO_ON = "KAFKASTACK_GO_ON"  # run.sh says here how it was called
_LIMITS = {"fetch": DOWNLOAD_SECONDS, "microstack": DOWNLOAD_SECONDS}


def go_on(name: str) -> str:
    """Return the command that goes on with an interrupted walk."""
    given = "" if name == DEFAULT else f" {name}"
    return os.environ.get(GO_ON, f"kafkastack tutorial run{given}")


class Walk(Struct, frozen=True):
    """A tutorial, where it takes place, who watches, and on which cloud ("": as before).

    `go_on` is what one types when it was interrupted.
    """

    tutorial: Tutorial
    scene: Scene
    screen: Screen
    cloud: str = ""
    go_on: str = "kafkastack tutorial run"
    limits: dict[str, float] = field(default_factory=lambda: dict(_LIMITS))

    @property
    def subject(self) -> Subject:
        """What it makes."""
        return subject_of(self.tutorial)

    def run(self) -> bool:
        """Take the steps that are left; False when there was none."""
        self._know_all_conditions()
        done = self._recall()
        steps = journal.remaining(self.tutorial.steps, done)
        self._take_all(steps, done)
        return bool(steps)

    def _know_all_conditions(self) -> None:
        for step in self.tutorial.steps:
            if isinstance(step.action, Checkpoint):
                know(step.action)

    def _recall(self) -> Journal:
        """Return the journal, or a new one when what it tells of is gone."""
        found = journal.load(self.scene.folder)
        if not found.done:
            return replace(found, cloud=self.cloud or found.cloud)
        if self._is_gone(found):
            self.screen.note(
                f"Removed since the last time: {self.subject.name}. So it is beginning anew."
            )
            return Journal(self.cloud or found.cloud)
        if self.cloud not in ("", found.cloud):
            raise ConflictError(
                f"this tutorial is being walked on the cloud {found.cloud}, not {self.cloud}",
                "remove that first: kafkastack tutorial remove, or ./run.sh --teardown",
            )
        return found

    def _is_gone(self, found: Journal) -> bool:
        commands = [s.action for s in self.tutorial.steps if s.key in found.done]
        typed = [c.words[1:] for c in commands if isinstance(c, Command)]
        return not all(self._is_there(w) for w in typed if verb_of(w) in self.subject.marks)

    def _is_there(self, words: Sequence[str]) -> bool:
        question = self.subject.marks[verb_of(words)]
        return already.holds(question, words, self.scene.ask_json)

    def _take_all(self, steps: Sequence[Step], done: Journal) -> None:
        section = ""
        if done.done and steps:
            self.screen.note(f"Going on at {steps[0].section}")
        for step in steps:
            if step.section != section:
                section = step.section
                self.screen.section(section)
            done = self._take(step, done).with_done(step.key)
            journal.save(self.scene.folder, done)

    def _take(self, step: Step, done: Journal) -> Journal:
        match step.action:
            case Command() as command:
                return self._type(command, done)
            case File() as file:
                self._write(file)
            case Checkpoint() as checkpoint:
                self._verify(checkpoint)
        return done

    def _type(self, command: Command, done: Journal) -> Journal:
        command = on_cloud(command, done.cloud)
        command = self._filled(command)
        program, *words = command.words
        self.screen.command(command.text)
        if program == "kafkastack":
            if already.is_already(words, self.scene.ask_json):
                self.screen.note("(done before)")
                return done
            done = self._record_whose(words, done)
        programs = {"kafkastack": self.scene.program, "python": (sys.executable,)}
        self._call(command.text, [*programs.get(program, (program,)), *words])

        return done

    def _filled(self, command: Command) -> Command:
        """Fill in what a command needs; never a password, as others see what is typed."""
        names = placeholders.find(command.text) - {placeholders.SECRET}
        values = placeholders.ask(self.scene, names)
        words = tuple(placeholders.fill(word, values) for word in command.words)
        return Command(placeholders.fill(command.text, values), words)

    def _record_whose(self, words: Sequence[str], done: Journal) -> Journal:
        """Record before it is made that it was not there: afterwards nobody could tell."""
        if done.has_made or verb_of(words) not in self.subject.marks or self._is_there(words):
            return done
        done = replace(done, has_made=True)
        journal.save(self.scene.folder, done)
        return done

    def _call(self, text: str, argv: Sequence[str]) -> None:
        """Run a program; its output goes where ours goes."""
        quiet = self.screen.is_quiet
        limit = next((s for verb, s in self.limits.items() if verb in argv), COMMAND_SECONDS)
        try:
            result = subprocess.run(
                argv,
                cwd=self.scene.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if quiet else None,
                stderr=subprocess.STDOUT if quiet else None,
                text=True,
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TimeoutExceededError(
                f"this command did not end within {limit:.0f} seconds: {text}",
                f"type: {self.go_on}",
            ) from error
        if result.returncode:
            kind = EXIT_CODES.get(result.returncode, KafkastackError)
            told = f"\n{result.stdout.rstrip()}" if quiet else ""
            raise kind(f"this command failed: {text}{told}", f"to go on, type: {self.go_on}")

    def _write(self, file: File) -> None:
        values = placeholders.ask(self.scene, placeholders.find(file.text))
        path = self.scene.folder / file.name
        write_atomically(path, placeholders.fill(file.text, values).encode(), 0o600)
        values.pop(placeholders.SECRET, None)
        self.screen.file(str(path), placeholders.fill(file.text, values))

    def _verify(self, checkpoint: Checkpoint) -> None:
        try:
            with self.screen.waiting(len(checkpoint.conditions)) as waiting:
                waits.wait(self.scene, checkpoint, waiting)
        except TimeoutExceededError as error:
            raise TimeoutExceededError(
                f"{error.message}\n\n{self._last_status()}\n",
                f"look at: {self.subject.look}\nto go on, type: {self.go_on}",
            ) from error
        self.screen.checkpoint(
            checkpoint.sentence, [str(c) for c in checkpoint.conditions], self._last_status()
        )

    def _last_status(self) -> str:
        try:
            return self.scene.ask(*self.subject.status).rstrip()
        except KafkastackError as error:
            return f"(no status: {error})"


def on_cloud(command: Command, cloud: str) -> Command:
    """Return a command as it is typed on another cloud than the page's."""
    program, *words = command.words
    if program != "kafkastack" or words[0] != "bootstrap" or words[1] == cloud:
        return command
    typed = (program, words[0], cloud, *words[2:])
    return Command(shlex.join(typed), typed)
