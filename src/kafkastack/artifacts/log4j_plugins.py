"""Merger of Log4j's lists of plugins: one `Log4j2Plugins.dat`, as its PluginCache writes it.

A count of categories; for each its name, a count of plugins, and for each plugin three texts
(key, class, name) and two booleans (printable, deferred). Texts have a length of two bytes.
"""

import struct
from collections.abc import Iterable, Mapping

from msgspec import Struct

_Plugins = dict[bytes, dict[bytes, bytes]]


class _Reader(Struct):
    content: bytes
    at: int = 0

    def count(self) -> int:
        (value,) = struct.unpack_from(">i", self.content, self.at)
        self.at += 4
        return value

    def text(self) -> bytes:
        """Return a text with its length, as it was."""
        (length,) = struct.unpack_from(">H", self.content, self.at)
        return self.take(2 + length)

    def take(self, count: int) -> bytes:
        self.at += count
        return self.content[self.at - count : self.at]


def merge_plugins(files: Iterable[bytes]) -> bytes:
    """Return one file with the plugins of all; of two with the same key the first counts."""
    merged: _Plugins = {}
    for content in files:
        for category, plugins in _read(content).items():
            known = merged.setdefault(category, {})
            merged[category] = {**plugins, **known}
    return _write(merged)


def _read(content: bytes) -> _Plugins:
    reader = _Reader(content)
    found: _Plugins = {}
    for _ in range(reader.count()):
        plugins = found.setdefault(reader.text(), {})
        for _ in range(reader.count()):
            key = reader.text()
            plugins[key] = reader.text() + reader.text() + reader.take(2)
    return found


def _write(merged: Mapping[bytes, Mapping[bytes, bytes]]) -> bytes:
    parts = [struct.pack(">i", len(merged))]
    for category in sorted(merged, key=_without_length):
        plugins = merged[category]
        parts += [category, struct.pack(">i", len(plugins))]
        parts += [key + plugins[key] for key in sorted(plugins, key=_without_length)]
    return b"".join(parts)


def _without_length(text: bytes) -> bytes:
    return text[2:]
