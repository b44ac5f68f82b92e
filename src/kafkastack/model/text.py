"""Text that may be kept, UTF-8 without NUL, and the safe display of what strangers wrote."""

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


def visible(text: str) -> str:
    r"""Return a text with its control characters shown ("\x1b"); line ends and tabs stay.

    What moves a cursor, hides, or turns the direction of writing could make a stranger's text
    look like ours. Whatever shows such text, on a terminal or in a log, shows it by this.
    """
    return text if text.isprintable() else text.translate(_SHOWN)


def escaped(text: str) -> str:
    """Return a document of JSON or YAML that says the same and has nothing a terminal obeys."""
    return text if text.isprintable() else text.translate(_ESCAPED)


def on_one_line(text: str) -> str:
    """Return a text that cannot break a line or a table."""
    if text.isprintable():
        return text
    stripped = text.strip("\r\n").replace("\r\n", " ")
    return visible(stripped.replace("\n", " ").replace("\t", " "))


def as_one_record(text: str) -> str:
    """Return a text whose further lines are indented: none of them looks like another record."""
    return visible(text.rstrip("\r\n").replace("\r\n", "\n")).replace("\n", "\n    ")


class _Shown(dict[int, str]):
    """A table for str.translate: what is not in it is shown as it is, but for surrogates."""

    def __missing__(self, point: int) -> str:
        return f"\\u{point:04x}" if 0xD800 <= point <= 0xDFFF else chr(point)


_C0_AND_C1 = (*range(0x20), *range(0x7F, 0xA0))
_DIRECTIONS = (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_LINE_ENDS = (0x2028, 0x2029)
_OBEYED = (
    *(point for point in _C0_AND_C1 if chr(point) not in "\n\t"),
    *_DIRECTIONS,
    *_LINE_ENDS,
)
_ESCAPED = _Shown({point: f"\\u{point:04x}" for point in _OBEYED})
_SHOWN = _Shown(
    {point: f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" for point in _OBEYED}
)
