"""Names of bases: an operating system and its channel, such as ubuntu@24.04."""

import re

from kafkastack.errors import UsageError


def is_base(text: str) -> bool:
    """Report whether this names a base."""
    return re.fullmatch(r"[a-z]+@[0-9a-z.]+(/[a-z]+)?", text) is not None


def parse_base(text: str) -> str:
    """Return a base that a person named, "" for none; UsageError says how one is written."""
    if text and not is_base(text):
        raise UsageError(
            f"expected base string to contain os and channel separated by '@', got \"{text}\"",
            "such as: --base ubuntu@24.04",
        )
    return text
