"""Tutorial document: its Markdown, read into the steps that a person or the walker takes."""

import hashlib
import re
import shlex
from collections.abc import Iterator

from msgspec import Struct

from kafkastack.errors import KafkastackError

PROGRAMS = ("kafkastack", "python", "tail")
CONSOLES = ("console", "shell")
_FENCE = re.compile(r"^```(.*)$")
_HEADING = re.compile(r"^(#{1,2}) (.+)$")
_BEGINS_CHECKPOINT = "> **Checkpoint.**"


class TutorialError(KafkastackError):
    """The Markdown of a tutorial cannot be walked; the message names the line."""


class Command(Struct, frozen=True):
    """A line to type; `words` are what the shell would make of it."""

    text: str
    words: tuple[str, ...]


class File(Struct, frozen=True):
    """A file to save; words such as <password> in `text` stand for values."""

    name: str
    language: str
    text: str


class Condition(Struct, frozen=True):
    """One line of a checkpoint: a name of the vocabulary, and what it is about."""

    name: str
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}: {' '.join(self.words)}" if self.words else self.name


class Checkpoint(Struct, frozen=True):
    """What is true now: a sentence for people, conditions for the walker."""

    sentence: str
    conditions: tuple[Condition, ...]


Action = Command | File | Checkpoint


class Step(Struct, frozen=True):
    """One action of a section; `key` stays the same as long as its place and text do."""

    key: str
    section: str
    action: Action


class Tutorial(Struct, frozen=True):
    """A title and the steps of all sections, in order."""

    title: str
    steps: tuple[Step, ...]

    @property
    def sections(self) -> tuple[str, ...]:
        """The headings that have steps."""
        return tuple(dict.fromkeys(step.section for step in self.steps))


class _Block(Struct, frozen=True):
    line: int
    info: str
    lines: tuple[str, ...]
    sentence: str


def parse(text: str) -> Tutorial:
    """Read the Markdown of a tutorial; TutorialError names the line that cannot be walked."""
    title, section, steps = "", "", list[Step]()
    for part in _parts(text):
        if isinstance(part, _Block):
            steps += _steps(part, section, len(steps))
        elif part[0] == "#":
            title = part[1]
        else:
            section = part[1]
    return Tutorial(title, tuple(steps))


def _parts(text: str) -> Iterator[_Block | tuple[str, str]]:
    """Yield headings as (hashes, text), and fenced blocks with the quote before them."""
    lines = text.splitlines()
    number, quote = 0, list[str]()
    while number < len(lines):
        line = lines[number]
        number += 1
        if fence := _FENCE.match(line):
            end = _find_end(lines, number)
            yield _Block(number, fence[1].strip(), tuple(lines[number:end]), " ".join(quote))
            number, quote = end + 1, []
        elif heading := _HEADING.match(line):
            yield heading[1], heading[2]
        elif line.startswith(">"):
            quote.append(line.removeprefix(_BEGINS_CHECKPOINT).removeprefix(">").strip())
        elif line:
            quote = []


def _find_end(lines: list[str], start: int) -> int:
    for number in range(start, len(lines)):
        if lines[number] == "```":
            return number
    raise TutorialError(f"line {start}: this block never ends")


def _steps(block: _Block, section: str, before: int) -> list[Step]:
    return [
        Step(_key(before + offset, action), section, action)
        for offset, action in enumerate(_actions(block))
    ]


def _key(number: int, action: Action) -> str:
    return f"{number + 1:02}-{hashlib.sha256(repr(action).encode()).hexdigest()[:8]}"


def _actions(block: _Block) -> list[Action]:
    language, _, name = block.info.partition(" ")
    if language in CONSOLES:
        return [
            _command(line[2:], block.line + offset)
            for offset, line in enumerate(block.lines, start=1)
            if line.startswith("$ ")
        ]
    if language == "checkpoint":
        return [_checkpoint(block)]
    if name:
        return [_file(block, language, name)]
    return []


def _command(text: str, line: int) -> Command:
    words = tuple(shlex.split(text))
    if words[0] not in PROGRAMS:
        raise TutorialError(
            f"line {line}: {words[0]} is not one of the programs of a tutorial: "
            + ", ".join(PROGRAMS)
        )
    return Command(text, words)


def _file(block: _Block, language: str, name: str) -> File:
    if not re.fullmatch(r"[\w-][\w.-]*", name):
        raise TutorialError(f"line {block.line}: {name} is not the plain name of a file")
    return File(name, language, "\n".join(block.lines) + "\n")


def _checkpoint(block: _Block) -> Checkpoint:
    if not block.sentence:
        raise TutorialError(f"line {block.line}: no sentence tells what this checkpoint verifies")
    conditions = tuple(_condition(line) for line in block.lines if line.strip())
    return Checkpoint(block.sentence, conditions)


def _condition(line: str) -> Condition:
    name, _, rest = line.partition(":") if ": " in line else (line, "", "")
    return Condition(name.strip(), tuple(rest.split()))
