"""In which order people expect names: app/2 before app/10."""

from collections.abc import Iterable


def natural_key(text: str) -> list[tuple[int, int, str]]:
    """Return a sort key that compares runs of digits as numbers."""
    return [_number_key(run) if _is_digit(run[0]) else (1, 0, run) for run in _runs(text)]


def naturally_sorted(items: Iterable[str]) -> list[str]:
    """Return the items in natural order."""
    return sorted(items, key=natural_key)


def _number_key(digits: str) -> tuple[int, int, str]:
    """Compare numbers by length, then digit by digit: no number is too long for that."""
    significant = digits.lstrip("0")
    return (0, len(significant), significant)


def _is_digit(character: str) -> bool:
    return character in "0123456789"


def _runs(text: str) -> list[str]:
    runs: list[str] = []
    was_digit = False
    for character in text:
        is_digit = _is_digit(character)
        if runs and is_digit == was_digit:
            runs[-1] += character
        else:
            runs.append(character)
        was_digit = is_digit
    return runs
