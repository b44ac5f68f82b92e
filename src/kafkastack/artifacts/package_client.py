"""Client of uv, and the meaning of its answers; it never builds here: wheels only."""

import asyncio
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomllib
from msgspec import Struct
from uv import find_uv_bin

from kafkastack.artifacts.certificates import uv_environment
from kafkastack.artifacts.poetry_project import Choice
from kafkastack.artifacts.python_target import Target
from kafkastack.artifacts.wanted import PythonRange, Wanted
from kafkastack.errors import DownloadError, KafkastackError
from kafkastack.system.programs import OTHERS_READ, last_of
from kafkastack.system.reading import MOST_BYTES, read_regular, text_of

_SECONDS = 900.0  # a slow network and a gigabyte
_READING_SECONDS = 60.0  # of a lock, which needs no network
_MEBIBYTES = 2048  # what it may allocate; it has a few hundred with the largest of locks
_MOST_OUTPUT = 1 << 16
# It reads what strangers wrote: the kernel keeps these limits, whoever else is gone by then.
_LIMITED = ("/bin/sh", "-c", 'ulimit -d "$1"; ulimit -t "$2"; shift 2; exec "$@"', "sh")
_LAST_WORDS = 2000
_WHEELS_ONLY = ("--only-binary", ":all:")
_NO_WHEEL = re.compile(r"Wheels are required for `([^`]+)`")
_OTHER_PYTHON = re.compile(r"(?<!\S)(\S+) requires Python ?\(?([<>=!~][<>=!~0-9.,* ]*[0-9*])")
_NO_INTERPRETER = "No interpreter found"
_UNREACHABLE = re.compile(
    r"Failed to fetch|error sending request|[Cc]onnect|dns error|timed out|certificate|"
    r"status code|Failed to download(?!.*Hash mismatch)",
    re.DOTALL,
)


class NoWheelError(KafkastackError):
    """Packages that exist as sources only."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"there is no wheel of {', '.join(names)} for this Python",
            "require a version that has one, or pack the charm on a machine of its base",
        )
        self.names = tuple(names)


class OtherPythonError(KafkastackError):
    """Another Python is needed: `ranges` are all who have a say, the last one refuses."""

    def __init__(self, ranges: Sequence[PythonRange], version: str) -> None:
        last = ranges[-1]
        super().__init__(
            f"{last.who} needs Python {last.constraint}, and the machine has {version}",
            "use a base that has it, or require another version",
        )
        self.ranges = tuple(ranges)


class Source(Struct, frozen=True):
    """A source distribution: where it is, and what it hashes to."""

    name: str
    version: str
    url: str
    sha256: str


class PackageClient:
    """uv for one Python, in a folder where it finds no settings but the user's own."""

    def __init__(self, staging: Path, target: Target, interpreter: str = "") -> None:
        """`interpreter` is one of this host; without it wheels are chosen by `target` alone."""
        self.staging = staging
        self.target = target
        self._interpreter = interpreter
        self.links = staging / "wheels"
        self.links.mkdir(parents=True, exist_ok=True)
        (staging / "uv.toml").touch()  # the nearest one counts: no folder above has a say

    def beside(self, staging: Path) -> "PackageClient":
        """Return one for the same Python that knows nothing of what was built."""
        return PackageClient(staging, self.target, self._interpreter)

    async def install(self, wanted: Wanted, folder: Path) -> None:
        """Install wheels into a folder; no code of theirs runs."""
        try:
            await self._install(wanted, folder, self._python())
        except _NoInterpreterError:
            await self._install(wanted, folder, self._platform())

    async def _install(self, wanted: Wanted, folder: Path, python: Sequence[str]) -> None:
        compiled = ("--compile-bytecode",) if "--python" in python else ()
        how = ("--target", str(folder), *python, *compiled, "--requirements")
        await self._uv("pip", "install", *how, *self._requirements(wanted))

    async def sources(self, wanted: Wanted, names: Sequence[str]) -> list[Source]:
        """Return where the sources of packages are that have no wheel; nothing is built."""
        # Without dependencies of theirs the choice of versions needs no build.
        text = "".join(
            f'[[dependency-metadata]]\nname = "{n}"\nrequires-dist = []\n' for n in names
        )
        (self.staging / "uv.toml").write_text(text)
        chosen = self.staging / "pylock.toml"
        try:
            await self._uv(
                *("pip", "compile", "--format", "pylock.toml", "--output-file", str(chosen)),
                *(word for name in names for word in ("--no-binary", name)),
                *(*self._platform(), *self._requirements(wanted)),
            )
        finally:
            (self.staging / "uv.toml").write_text("")
        packages: list[dict[str, Any]] = tomllib.loads(chosen.read_text()).get("packages", [])
        return [_source(one) for one in packages if one["name"] in names]

    def _requirements(self, wanted: Wanted) -> tuple[str, ...]:
        requirements = self.staging / "requirements.txt"
        requirements.write_text(wanted.text)
        constraints = self.staging / "constraints.txt"
        constraints.write_text("".join(f"{line}\n" for line in wanted.constraints))
        return (
            str(requirements),
            *_WHEELS_ONLY,
            *(("--no-deps",) if wanted.complete else ()),
            *(("--prerelease", "allow") if wanted.prereleases else ()),
            *(("--constraints", str(constraints)) if wanted.constraints else ()),
            *(("--find-links", str(self.links)) if any(self.links.iterdir()) else ()),
        )

    def _python(self) -> tuple[str, ...]:
        return ("--python", self._interpreter) if self._interpreter else self._platform()

    def _platform(self) -> tuple[str, ...]:
        platform = f"{self.target.machine}-unknown-linux-gnu"
        return ("--python-version", self.target.version, "--python-platform", platform)

    async def _uv(self, *arguments: str) -> None:
        await run_uv("--quiet", *arguments, cwd=self.staging, target=self.target)


class _NoInterpreterError(Exception):
    """There is no such Python on this host."""


def _source(package: dict[str, Any]) -> Source:
    sdist: dict[str, Any] = package.get("sdist", {})
    if "url" not in sdist:
        raise KafkastackError(f"the index has neither a wheel nor the source of {package['name']}")
    return Source(package["name"], package["version"], sdist["url"], sdist["hashes"]["sha256"])


async def export(choice: Choice, staging: Path) -> str:
    """Return what uv makes of the uv.lock in a folder: a requirements file."""
    (staging / "uv.toml").touch()
    output = staging / "exported.txt"
    groups = [name for name in choice.groups if name != "main"]
    option = "--group" if "main" in choice.groups else "--only-group"
    await run_uv(
        *(
            "--quiet",
            "export",
            "--frozen",
            "--offline",
            "--no-dev",
            "--no-emit-project",
            "--no-header",
        ),
        *(word for group in groups for word in (option, group)),
        *(word for extra in choice.extras for word in ("--extra", extra)),
        *(("--all-groups",) if choice.all_groups else ()),
        *(("--all-extras",) if choice.all_extras else ()),
        *("--output-file", str(output)),
        cwd=staging,
        reading="uv.lock",
        seconds=_READING_SECONDS,
    )
    return text_of(await asyncio.to_thread(read_regular, output, MOST_BYTES), output.name)


async def host_python(version: str, folder: Path) -> str:
    """Return the path of a Python ("3.12") that this host has; "" if there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    return await _ask_for_python(folder, "find", "--no-project", version)


async def bring_python(version: str, folder: Path) -> str:
    """Return the path of a Python ("3.12") that uv has fetched, or fetches now; "" if none."""
    folder.mkdir(parents=True, exist_ok=True)
    find = ("find", "--no-project", "--managed-python", version)
    if found := await _ask_for_python(folder, *find):
        return found
    await _ask_for_python(folder, "install", "--no-bin", version)
    return await _ask_for_python(folder, *find)


async def _ask_for_python(folder: Path, verb: str, *words: str) -> str:
    settings = {"UV_PYTHON_INSTALL_DIR": str(folder), "UV_PYTHON_DOWNLOADS": "manual"}
    arguments = ("python", verb, "--no-config", *words)
    try:
        output = await run_uv(*arguments, cwd=folder, settings=settings, seconds=120.0)
    except (KafkastackError, _NoInterpreterError):
        return ""
    return output.strip()


async def run_uv(
    *arguments: str,
    cwd: Path,
    target: Target | None = None,
    reading: str = "",
    settings: Mapping[str, str] = {},  # read only
    seconds: float = _SECONDS,
) -> str:
    """Run uv in bounded time and memory; return its stdout, or say what it could not do."""
    process = await asyncio.create_subprocess_exec(
        *(*_LIMITED, str(_MEBIBYTES << 10), str(math.ceil(seconds))),
        *(find_uv_bin(), *arguments),
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**uv_environment(), **settings},
        umask=OTHERS_READ,
    )
    assert process.stdout and process.stderr  # noqa: S101  # started with pipes
    try:
        async with asyncio.timeout(seconds):
            output, errors, code = await asyncio.gather(
                last_of(process.stdout, _MOST_OUTPUT),
                last_of(process.stderr, _MOST_OUTPUT),
                process.wait(),
            )
    except TimeoutError as error:
        raise _too_slow(reading, seconds) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code:
        ended = f"uv was ended by signal {-code}" if code < 0 else ""
        words = errors.decode(errors="replace").strip()
        raise _error("\n".join(filter(None, (words, ended))), target, reading)
    return output.decode(errors="replace")


_NETWORK = "check the network, HTTPS_PROXY, SSL_CERT_FILE and the index that uv is set to"


def _too_slow(reading: str, seconds: float) -> KafkastackError:
    if reading:
        return _unreadable(reading, f"it takes longer than {seconds:.0f} s")
    return DownloadError(f"uv did not end within {seconds:.0f} s", _NETWORK)


def _unreadable(reading: str, words: str) -> KafkastackError:
    return KafkastackError(f"{reading} of the charm cannot be read: {words}", "lock it again")


def _error(words: str, target: Target | None, reading: str) -> Exception:
    last = words[-_LAST_WORDS:]
    if reading:
        return _unreadable(reading, last)
    if _NO_INTERPRETER in words:
        return _NoInterpreterError(last)
    if names := _NO_WHEEL.findall(words):
        return NoWheelError(names)
    if target and (found := _OTHER_PYTHON.search(words)):
        return OtherPythonError((PythonRange(found[1], found[2]),), target.version)
    text = f"cannot install the packages of the charm: {last}"
    if "Hash mismatch" in words:
        return DownloadError(
            text, "its files are not those that the charm has locked: ask its author"
        )
    if _UNREACHABLE.search(words):
        return DownloadError(text, _NETWORK)
    return DownloadError(
        text,
        "check the network (one that asks you to log in answers for the index), require what the "
        "index has, or set another one: UV_DEFAULT_INDEX",
    )
