"""In which order people expect names: app/2 before app/10."""

from collections.abc import Iterable


def natural_key(text: str) -> list[tuple[int, int, str]]:
    """Return a sort key that compares runs of digits as numbers."""
    return [(0, int(run), "") if run.isdigit() else (1, 0, run) for run in _runs(text)]


def naturally_sorted(items: Iterable[str]) -> list[str]:
    """Return the items in natural order."""
    return sorted(items, key=natural_key)


def _runs(text: str) -> list[str]:
    runs: list[str] = []
    was_digit = False
    for character in text:
        is_digit = character.isascii() and character.isdigit()
        if runs and is_digit == was_digit:
            runs[-1] += character
        else:
            runs.append(character)
        was_digit = is_digit
    return runs
