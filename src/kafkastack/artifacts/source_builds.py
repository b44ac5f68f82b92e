"""Builds of packages without a wheel, done by somebody else, and their installation."""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from msgspec.structs import replace
from packaging.requirements import InvalidRequirement, Requirement

from kafkastack.artifacts.package_client import NoWheelError, PackageClient, Source
from kafkastack.artifacts.python_target import Target
from kafkastack.artifacts.source_distributions import fetch_source, refuse_other_wheel, sha256_of
from kafkastack.artifacts.wanted import Pin, Wanted, name_of
from kafkastack.errors import KafkastackError
from kafkastack.system import bounded

Requires = Callable[[Sequence[str]], Awaitable[Path]]
"""Install build requirements (wheels) and return the folder that holds them."""
Build = Callable[[Path, Requires, Path], Awaitable[Path]]
"""Build the source in a file or folder into an empty folder, and return the wheel."""

_MOST = 40  # packages that one charm may have built


class BuildFailedError(KafkastackError):
    """The code of a package's source ended without a wheel."""


class Builds:
    """Installs what a charm wants; `build` runs the code of sources where that may run."""

    def __init__(self, client: PackageClient, build: Build | None, files: Path) -> None:
        """`files` is the charm's folder."""
        self._client = client
        self._build = build
        self._files = files
        self._missing: list[str] = []
        self._taken: set[str] = set()
        self.count = 0

    async def install(self, wanted: Wanted, folder: Path) -> None:
        """Install wheels, and first build what has none."""
        for name in wanted.inside:
            wanted = await self._add_inside(wanted, name)
        while True:
            try:
                await self._client.install(wanted, folder)
                return
            except NoWheelError as error:
                wanted = await self._build_missing(wanted, error)

    async def _build_missing(self, wanted: Wanted, error: NoWheelError) -> Wanted:
        """Build what is known to have no wheel, as soon as versions can be chosen for all."""
        again = self._taken | set(self._missing)
        if self._build is None or again.issuperset(error.names):
            raise error
        self._missing += [name for name in error.names if name not in again]
        try:
            sources = await self._client.sources(wanted, self._missing)
        except NoWheelError as more:
            return await self._build_missing(wanted, more)
        self._missing = []
        for source in sources:
            wanted = await self._build_source(wanted, source)
        return wanted

    async def _build_source(self, wanted: Wanted, source: Source) -> Wanted:
        pins = [pin for pin in wanted.pins if name_of(pin.requirement) == source.name]
        hashes = {value for pin in pins for value in pin.hashes}
        archive = await fetch_source(source, hashes, self._fresh())
        wheel = await self._built(archive, source.name)
        await _checked(wheel, source.name, source.version)
        return await self._take(wheel, wanted, source.name)

    async def _add_inside(self, wanted: Wanted, name: str) -> Wanted:
        """Add a package that is in the charm's own folder: a wheel, or its source."""
        path = self._files / name
        wheel = path if path.suffix == ".whl" else await self._built(path, name)
        requirement = await _checked(wheel)
        return await self._take(wheel, wanted, name_of(requirement))

    async def _built(self, source: Path, name: str) -> Path:
        if self._build is None:
            raise NoWheelError((name,))
        self.count += 1
        if self.count > _MOST:
            raise KafkastackError(f"more than {_MOST} packages of the charm have no wheel")
        return await self._build(source, self._install_requires, self._fresh())

    async def _take(self, wheel: Path, wanted: Wanted, name: str) -> Wanted:
        """Return what is wanted with one package replaced by the file that it is to be."""
        kept = self._client.links / wheel.name
        await asyncio.to_thread(shutil.copyfile, wheel, kept)
        digest = await asyncio.to_thread(sha256_of, kept)
        same = [pin for pin in wanted.pins if name_of(pin.requirement) == name]
        extras = {extra for pin in same for extra in Requirement(pin.requirement).extras}
        asked = f"[{','.join(sorted(extras))}]" if extras else ""
        pin = Pin(f"{name}{asked} @ file://{quote(str(kept))}", (f"sha256:{digest}",))
        self._taken.add(name)
        return replace(wanted, pins=(*(pin for pin in wanted.pins if pin not in same), pin))

    async def _install_requires(self, requirements: Sequence[str]) -> Path:
        folder = self._fresh() / "requires"
        staging = self._fresh()
        client = self._client.beside(staging)
        pins = tuple(dict.fromkeys(_pins(requirements, self._client.target)))
        await client.install(Wanted("the build", pins), folder)
        folder.mkdir(exist_ok=True)
        return folder

    def _fresh(self) -> Path:
        folder = self._client.staging / f"work-{time.monotonic_ns()}"
        folder.mkdir()
        return folder


async def _checked(wheel: Path, name: str = "", version: str = "") -> str:
    return await bounded.call(
        refuse_other_wheel, wheel, name, version, what=f"the wheel {wheel.name}"
    )


def _pins(requirements: Sequence[str], target: Target) -> Iterator[Pin]:
    """Return what a build asks for: names and versions of the index, nothing else."""
    for text in requirements:
        try:
            requirement = Requirement(text)
        except (InvalidRequirement, RecursionError) as error:
            raise BuildFailedError(f'its build asks for "{text[:200]}"') from error
        if requirement.url:
            raise BuildFailedError(f"its build asks for {requirement.name} of {requirement.url}")
        if target.applies(str(requirement.marker or "")):
            requirement.marker = None
            yield Pin(str(requirement))
