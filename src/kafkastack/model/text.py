"""What text may be kept: UTF-8 without NUL, which is all that Juju's records and an exec take."""

from collections.abc import Iterable


def fault(text: str) -> str:
    """Return why a text cannot be kept; nothing where it can.

    Bytes that are no UTF-8 come as lone surrogates, from a command line or from JSON.
    """
    if "\0" in text:
        return "it has a NUL"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "it is not UTF-8"
    return ""


def first_fault(texts: Iterable[str]) -> str:
    """Return why the first of these texts that cannot be kept cannot."""
    return next((problem for text in texts if (problem := fault(text))), "")
