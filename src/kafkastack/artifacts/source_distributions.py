"""Source of a package: its download, and the conditions that its build must meet."""

import asyncio
import hashlib
import os
import shutil
import zipfile
from collections.abc import Collection
from email.parser import HeaderParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from packaging.utils import (
    InvalidWheelFilename,
    canonicalize_name,
    canonicalize_version,
    parse_wheel_filename,
)

from kafkastack.artifacts.certificates import ca_bundle, trust_system
from kafkastack.artifacts.package_client import Source
from kafkastack.errors import DownloadError, KafkastackError

if TYPE_CHECKING:  # it takes long to import, and most charms have wheels
    import requests

LARGEST = 256 << 20  # bytes of a source, and of a wheel that was made of one
_LARGEST_TREE, _MOST_FILES = 2 << 30, 50_000
_SECONDS = 600.0
_TIMEOUT = (10, 30)
_CHUNK = 1 << 16


async def fetch_source(source: Source, hashes: Collection[str], folder: Path) -> Path:
    """Fetch a source distribution; it is the index's, and one of the locked ones if there are."""
    if hashes and f"sha256:{source.sha256}" not in hashes:
        raise DownloadError(
            f"the source of {source.name} {source.version} is not the one that the charm locked",
            "ask its author, or lock the charm again",
        )
    target = folder / Path(unquote(urlsplit(source.url).path)).name
    async with asyncio.timeout(_SECONDS):
        await asyncio.to_thread(_fetch, source, target)
    if await asyncio.to_thread(sha256_of, target) != source.sha256:
        target.unlink()
        raise DownloadError(
            f"the source of {source.name} {source.version} is not what the index says it is",
            "run the same command again; if it stays, ask who runs the index",
        )
    return target


def sha256_of(path: Path) -> str:
    """Return the digest of a file, which need not fit into memory."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _fetch(source: Source, target: Path) -> None:
    address = urlsplit(source.url)
    if address.scheme == "file":  # of a folder that the user has set uv to
        shutil.copyfile(unquote(address.path), target)
        return
    import requests

    trust_system()
    try:
        with requests.get(source.url, stream=True, timeout=_TIMEOUT, verify=_trusted()) as answer:
            answer.raise_for_status()
            _save(answer, source, target)
    except requests.RequestException as error:
        raise DownloadError(
            f"cannot fetch the source of {source.name} {source.version}: {error}",
            "check the network, HTTPS_PROXY and SSL_CERT_FILE",
        ) from error


def _trusted() -> str | bool:
    """Return what requests is to trust."""
    return ca_bundle(os.environ) or True


def _save(answer: "requests.Response", source: Source, target: Path) -> None:
    size = 0
    with target.open("wb") as file:
        for chunk in answer.iter_content(_CHUNK):
            size += len(chunk)
            if size > LARGEST:
                raise DownloadError(f"the source of {source.name} is larger than any we take")
            file.write(chunk)


def refuse_other_wheel(path: Path, name: str, version: str) -> str:
    """Return the requirement ("ops==3.9.0") of a wheel that was built; refuse anything else.

    "" as a name or version is any.
    """
    try:
        if path.is_symlink() or not path.is_file():
            raise KafkastackError(f"the wheel {path.name} is not a file")
        if path.stat().st_size > LARGEST:
            raise KafkastackError(f"the wheel {path.name}: it is larger than {LARGEST >> 20} MiB")
        found, number, _, _ = parse_wheel_filename(path.name)
        _refuse_bomb(path)
        said = _metadata(path, path.name.split("-")[:2])
    except (InvalidWheelFilename, zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise KafkastackError(
            f"the build of {name or path.name} made no wheel: {error}"
        ) from error
    expected = (
        canonicalize_name(name) if name else found,
        canonicalize_version(version or number),
    )
    for one in ((found, canonicalize_version(number)), said):
        if one != expected:
            raise KafkastackError(
                f"the build of {expected[0]} {expected[1]} made {one[0]} {one[1]} instead"
            )
    return f"{found}=={number}"


def _refuse_bomb(path: Path) -> None:
    with zipfile.ZipFile(path) as wheel:
        entries = wheel.infolist()
    if len(entries) > _MOST_FILES or sum(entry.file_size for entry in entries) > _LARGEST_TREE:
        raise KafkastackError(f"{path.name} holds more than any package")


def _metadata(path: Path, names: list[str]) -> tuple[str, str]:
    with zipfile.ZipFile(path) as wheel:
        folder = "-".join(names) + ".dist-info/METADATA"
        entry = wheel.getinfo(folder)
        if entry.file_size > _CHUNK * 64:
            raise KafkastackError("its METADATA is larger than any")
        text = wheel.read(entry).decode(errors="replace")
    headers = HeaderParser().parsestr(text, headersonly=True)
    for asked in map(str, headers.get_all("Requires-Dist", [])):
        if "@" in asked.partition(";")[0]:  # an address, which the package client would follow
            raise KafkastackError(f"{path.name} asks for {asked[:200]}, which is no release")
    return canonicalize_name(str(headers["Name"])), canonicalize_version(str(headers["Version"]))
