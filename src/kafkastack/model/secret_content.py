"""Content of a secret: its keys, and values in their three spellings."""

import base64
import re
from collections.abc import Iterable, Mapping

from kafkastack.errors import UsageError
from kafkastack.model.bounds import SECRET
from kafkastack.model.text import fault

_KEY = re.compile(r"[a-z](?:-?[a-z0-9]){2,}")


def check_keys(keys: Iterable[str]) -> None:
    """Refuse a key that Juju would refuse."""
    for key in keys:
        if not _KEY.fullmatch(key):
            raise UsageError(
                f'key "{key}" not valid',
                "use at least three lower case letters and digits, the first one a letter",
            )


def check_content(content: Mapping[str, str]) -> None:
    """Refuse what Juju would refuse: a key that is none, and more than a secret holds."""
    check_keys(content)
    check_size(sum(size_of(key, value) for key, value in content.items()))


def size_of(key: str, value: str) -> int:
    """Return how much of a secret a key with its value takes, in bytes."""
    return sum(len(part.encode(errors="surrogateescape")) for part in (key, value))


def check_size(size: int) -> None:
    """Refuse more bytes than a secret holds."""
    if size > SECRET:
        raise UsageError(
            f"the content of a secret has {size:,} bytes: at most {SECRET:,}",
            "keep it elsewhere, and where it is in the secret",
        )


def split_pair(word: str) -> tuple[str, str, str]:
    """Return key, kind ("", "base64" or "file") and value of `key=v`, `key#base64=v`."""
    name, equals, value = word.partition("=")
    key, _, kind = name.partition("#")
    if not equals or kind not in ("", "base64", "file"):
        raise UsageError(f'"{word}" is not key=value, key#base64=value or key#file=path')
    return key, kind, value


def decoded(key: str, kind: str, data: bytes) -> str:
    """Return the text of a value; UsageError if it is none."""
    try:
        data = base64.b64decode(data, validate=True) if kind == "base64" else data
    except ValueError as error:
        raise UsageError(f'invalid value of key "{key}": not base64') from error
    text = data.decode(errors="surrogateescape")
    if problem := fault(text):
        raise UsageError(f'invalid value of key "{key}": not text, for {problem}')
    return text
