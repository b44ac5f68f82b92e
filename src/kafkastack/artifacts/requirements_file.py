"""Requirements of a requirements.txt; it may name files of its charm, but none of the host."""

import posixpath
import re
import shlex
from collections.abc import Iterator

from msgspec import Struct
from packaging.requirements import InvalidRequirement, Requirement

from kafkastack.artifacts.charm_folder import CharmFolder
from kafkastack.artifacts.python_target import Target
from kafkastack.artifacts.wanted import Pin, Wanted, bounded, is_hash, refuse_source
from kafkastack.errors import KafkastackError

_INCLUDES = {"-r": "r", "--requirement": "r", "-c": "c", "--constraint": "c"}
_EDITABLE = ("-e", "--editable")
# Wheels are preferred whatever these say, and hashes are checked wherever there are some.
_IGNORED = {"--prefer-binary": 0, "--require-hashes": 0, "--no-binary": 1, "--only-binary": 1}
_ELSEWHERE = re.compile(r"(?:[a-z+]+:|//)", re.IGNORECASE)  # git+https:, file:, //host/share
_MOST_FILES = 100


class _Line(Struct, frozen=True):
    file: str
    number: int
    words: tuple[str, ...]  # options and their values
    text: str

    @property
    def place(self) -> str:
        return f"{self.file}, line {self.number}"


class RequirementsFile:
    """Reads requirements files and what they include into one `Wanted`."""

    def __init__(self, folder: CharmFolder, target: Target) -> None:
        self._folder = folder
        self._target = target
        self._files: set[tuple[str, str]] = set()
        self._pins: list[Pin] = []
        self._constraints: list[str] = []
        self._inside: list[str] = []
        self._prereleases = False

    def read(self, name: str, kind: str = "r", asked_by: str = "the charm") -> None:
        """Read a file of the charm."""
        if not self._folder.inside(name, asked_by).is_file():
            raise KafkastackError(f"{asked_by} names {name}, which the charm does not have")
        self.take(self._folder.text(name, asked_by), name, kind)

    def take(self, text: str, name: str, kind: str = "r") -> None:
        """Read the text of a file: "r" for requirements, "c" for constraints."""
        if (name, kind) in self._files:
            return
        self._files.add((name, kind))
        if len(self._files) > _MOST_FILES:
            raise KafkastackError(f"{name}: more than {_MOST_FILES} requirements files")
        for line in _lines(text, name):
            self._line(line, kind)

    @property
    def wanted(self) -> Wanted:
        """What has been read."""
        file = ", ".join(sorted(name for name, kind in self._files if kind == "r"))
        return Wanted(
            file,
            bounded(dict.fromkeys(self._pins), file),
            tuple(dict.fromkeys(self._constraints)),
            tuple(dict.fromkeys(self._inside)),
            prereleases=self._prereleases,
        )

    def _line(self, line: _Line, kind: str) -> None:
        option, value = _option(line)
        if option in _INCLUDES:
            name = _beside(line, value)
            if _ELSEWHERE.match(value):
                refuse_source(line.place, "a requirements file", value)
            self.read(name, _INCLUDES[option], line.place)
        elif option in _EDITABLE:
            self._take_path(value, line)
        elif option == "--pre":
            self._prereleases = True
        elif option and option not in _IGNORED:
            self._refuse_option(line, option)
        elif not option:
            self._requirement(line, kind)

    def _refuse_option(self, line: _Line, option: str) -> None:
        raise KafkastackError(
            f"{line.place}: {option} is not for a charm to say: packages come from the package "
            "index that this host is set to",
            "remove the line; set another index for this host: UV_DEFAULT_INDEX, or uv.toml",
        )

    def _requirement(self, line: _Line, kind: str) -> None:
        text, hashes = _split_hashes(line)
        if _is_path(text):
            self._take_path(text, line)
            return
        if _ELSEWHERE.match(text):
            refuse_source(line.place, "a package", text)
        try:
            requirement = Requirement(text)
        except (InvalidRequirement, RecursionError) as error:
            raise KafkastackError(f'{line.place}: "{text[:200]}" is no requirement') from error
        marker = str(requirement.marker) if requirement.marker else ""
        if not self._target.applies(marker):
            return
        if requirement.url:
            self._take_path(_own_path(requirement.url, requirement.name, line), line)
            return
        requirement.marker = None
        if kind == "c":
            self._constraints.append(str(requirement))
        else:
            self._pins.append(Pin(str(requirement), hashes))

    def _take_path(self, text: str, line: _Line) -> None:
        path = _own_path(re.split(r"[;#\[]", text, maxsplit=1)[0].rstrip(), "a package", line)
        name = _beside(line, path)
        self._folder.existing(name, line.place)
        self._inside.append(name)


def _lines(text: str, name: str) -> Iterator[_Line]:
    joined, first = "", 0
    for number, raw in enumerate(text.splitlines(), start=1):
        first = first or number
        comment = re.match(r"\s*#", raw)
        if raw.endswith("\\") and not comment:
            joined += raw[:-1] + " "
            continue
        joined += "" if comment else re.sub(r"(?:^|(?<=\s))#.*$", "", raw)
        if stripped := joined.strip():
            yield _Line(name, first, _words(stripped), stripped)
        joined, first = "", 0
    if stripped := joined.strip():
        yield _Line(name, first, _words(stripped), stripped)


def _words(text: str) -> tuple[str, ...]:
    """Return the words of an option; a requirement, long by its hashes, has none."""
    if not text.startswith("-"):
        return ()
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return tuple(text.split())


def _option(line: _Line) -> tuple[str, str]:
    """Return the option that a line begins with and its value, ("", "") for a requirement."""
    first = line.words[0] if line.words else ""
    if not first.startswith("-"):
        return "", ""
    option, _, value = first.partition("=")
    if not first.startswith("--") and len(first) > 2:  # -rfile
        option, value = first[:2], first[2:].lstrip("=")
    return option, value or " ".join(line.words[1:])


def _split_hashes(line: _Line) -> tuple[str, tuple[str, ...]]:
    text, *options = re.split(r"(?<=\s)--?(?=[a-z])", line.text)
    hashes: list[str] = []
    for option in options:
        name, value = re.match(r"([a-z-]+)[=\s]*(.*)", option, re.DOTALL).groups()  # type: ignore[union-attr]
        if name == "hash":
            hashes.append(value.strip())
    if not all(map(is_hash, hashes)):
        raise KafkastackError(f"{line.place}: a hash is written sha256:…")
    return text.strip(), tuple(hashes)


def _is_path(text: str) -> bool:
    path = text.split(";")[0].split("[")[0].strip()
    return "@" not in path and (
        path.startswith((".", "/", "~")) or path.endswith((".whl", ".tar.gz", ".zip"))
    )


def _beside(line: _Line, path: str) -> str:
    """Return a path that a file names, as the charm's folder names it."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(line.file), path))


def _own_path(text: str, package: str, line: _Line) -> str:
    """Return a path of the charm; refuse an address, and another scheme than a relative file."""
    if _ELSEWHERE.match(text) or text.startswith("~"):
        refuse_source(line.place, package, text)
    return text
