"""A stream whose reader cannot be misled: what is written to it is shown, never obeyed."""

from typing import TextIO, cast

from kafkastack.model.text import visible

_ESCAPE = "\x1b"
_CLEAR = "\x1bc"


def guarded(stream: TextIO, *, colors: bool = False) -> TextIO:
    """Return a stream that shows control characters; `colors`: but for those of our tables."""
    return cast(TextIO, _Guarded(stream, colors=colors))


class _Guarded:
    """In everything else it is the stream behind it."""

    def __init__(self, stream: TextIO, *, colors: bool) -> None:
        self._stream = stream
        self._colors = colors

    def write(self, text: str) -> int:
        """Write what can be shown of a text."""
        shown = _with_colors(text) if self._colors and _ESCAPE in text else visible(text)
        self._stream.write(shown)
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def _with_colors(text: str) -> str:
    """Return the text with nothing left to obey but colours, and a clearing at its start."""
    import re  # only who has coloured something pays

    before = _CLEAR if text.startswith(_CLEAR) else ""
    parts = re.split(r"(\x1b\[[0-9;]*m)", text.removeprefix(before))
    shown = (part if number % 2 else visible(part) for number, part in enumerate(parts))
    return before + "".join(shown)
