"""Colours of words, and the conditions under which they are used."""

from __future__ import annotations

from kafkastack.errors import UsageError

TYPE_CHECKING = False  # importing typing costs a tenth of what `status` may take
if TYPE_CHECKING:
    from collections.abc import Mapping

_CODES = {
    "bold": "1",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "magenta": "35",
    "cyan": "36",
    "grey": "37",
    "bright-magenta": "95",
}
_WORDS = {
    "green": "active running idle started executing attaching attached available joined",
    "yellow": "allocating lost maintenance pending rebooting stopped unknown detaching detached",
    "red": "blocked down error failed terminated",
}
_STYLE_OF = {word: style for style, words in _WORDS.items() for word in words.split()}


def style_of(status: str) -> str:
    """Return the colour of a status word, "" if it has none."""
    return _STYLE_OF.get(status, "")


def paint(text: str, style: str) -> str:
    """Put a style's escape codes around a text; of an endpoint, around what follows the name."""
    if style == "endpoint":
        application, colon, endpoint = text.partition(":")
        return application + paint(colon + endpoint, "magenta")
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if text and style in _CODES else text


def wants_color(
    color: bool, no_color: bool, environ: Mapping[str, str], is_terminal: bool
) -> bool:
    """Report whether to colour, from both flags, NO_COLOR, TERM and where the output goes."""
    if color and no_color:
        raise UsageError("cannot mix --no-color and --color")
    if no_color:
        return False
    plain = bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb"
    return color or (is_terminal and not plain)
