"""Parser of Juju's command lines: flags anywhere, `--k v`, `--k=v`, `-kv`, `--` ends them."""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kafkastack.errors import UsageError


class Flag(NamedTuple):  # importing dataclasses costs a tenth of what `status` takes
    """One flag: `names` without dashes; `takes_value` False means a boolean (also `--x=false`)."""

    names: tuple[str, ...]
    help: str = ""
    takes_value: bool = True
    repeat: bool = False
    once: bool = False  # else the last one counts
    default: str = ""
    metavar: str = ""
    choices: tuple[str, ...] = ()  # the only values it takes; none: any

    @property
    def key(self) -> str:
        """The name under which the parsed value is found: the first long one."""
        return next((name for name in self.names if len(name) > 1), self.names[0])


class Parsed:
    """The values of a command line; a flag that was not given has its default."""

    def __init__(
        self,
        positional: tuple[str, ...],
        values: dict[str, str] | None = None,
        lists: dict[str, list[str]] | None = None,
        given: frozenset[str] = frozenset(),
        rest: tuple[str, ...] = (),
    ) -> None:
        self.positional = positional
        self.values = values or {}
        self.lists = lists or {}
        self.given = given
        self.rest = rest  # what stood behind a `--`, also part of positional

    def __getitem__(self, key: str) -> str:
        return self.values[key]

    def is_set(self, key: str) -> bool:
        """Report whether a boolean flag is on."""
        return self.values[key] == "true"


_TRUE, _FALSE = {"1", "t", "true", "yes", "on"}, {"0", "f", "false", "no", "off"}


def parse(flags: Sequence[Flag], argv: Sequence[str], *, intermixed: bool = True) -> Parsed:
    """Parse `argv`; without `intermixed` the first positional ends the flags (ssh, exec)."""
    by_name = {name: flag for flag in flags for name in flag.names}
    result = _Collector(flags)
    words = deque(argv)
    while words:
        word = words.popleft()
        if word == "--":
            result.rest = tuple(words)
            result.positional += words
            break
        if not word.startswith("-") or word == "-":
            result.positional.append(word)
            if not intermixed:
                result.positional += words
                break
            continue
        for spelt in _split(by_name, word):
            _take_flag(by_name, spelt, words, result)
    return result.finish()


class _Spelt(NamedTuple):
    """One flag as it stands in a word: with its dashes, without them, and a value behind it."""

    word: str
    name: str
    value: str | None


def _take_flag(
    by_name: dict[str, Flag], spelt: _Spelt, words: deque[str], result: "_Collector"
) -> None:
    flag, value = by_name.get(spelt.name), spelt.value
    if flag is None:
        raise UsageError(f"option provided but not defined: {spelt.word}")
    if not flag.takes_value:
        result.add(flag, "true" if value is None else _boolean(spelt.word, value))
        return
    if value is None:
        if not words:
            raise UsageError(f"option needs an argument: {spelt.word}")
        value = words.popleft()
    _check_choice(flag, value)
    result.add(flag, value)


def _split(by_name: dict[str, Flag], word: str) -> Iterable[_Spelt]:
    """Return the flags of a word: one, or short ones of which the last may take a value."""
    name, equals, value = word.lstrip("-").partition("=")
    if name in by_name or word.startswith("--") or word[1] not in by_name:
        return [_Spelt(word.partition("=")[0], name, value if equals else None)]
    return _split_short(by_name, word)


def _split_short(by_name: dict[str, Flag], word: str) -> Iterable[_Spelt]:
    """Yield the short flags of a word: -ab is -a -b, -n3 is -n 3."""
    for at, letter in enumerate(word[1:], 2):
        flag = by_name.get(letter)
        has_value = word[at : at + 1] == "=" or (flag is not None and flag.takes_value)
        value = word[at:].removeprefix("=") if has_value and word[at:] else None
        yield _Spelt(f"-{letter}", letter, value)
        if has_value:
            return


def _check_choice(flag: Flag, value: str) -> None:
    if flag.choices and value not in flag.choices:
        raise UsageError(
            f'invalid value "{value}" for option --{flag.key}: unknown {flag.key} "{value}"',
            f"there are: {', '.join(flag.choices)}",
        )


def _boolean(word: str, value: str) -> str:
    if value.lower() in _TRUE:
        return "true"
    if value.lower() in _FALSE:
        return "false"
    raise UsageError(f'invalid boolean value "{value}" for {word}')


class _Collector:
    def __init__(self, flags: Iterable[Flag]) -> None:
        self.values = {f.key: f.default or ("" if f.takes_value else "false") for f in flags}
        self.lists: dict[str, list[str]] = {f.key: [] for f in flags if f.repeat}
        self.positional: list[str] = []
        self.given: set[str] = set()
        self.rest: tuple[str, ...] = ()

    def add(self, flag: Flag, value: str) -> None:
        if flag.once and flag.key in self.given:
            raise UsageError(
                f"Found multiple arguments for option {flag.key}, but you asked for only one"
            )
        self.given.add(flag.key)
        self.values[flag.key] = value
        if flag.repeat:
            self.lists[flag.key].append(value)

    def finish(self) -> Parsed:
        return Parsed(
            tuple(self.positional), self.values, self.lists, frozenset(self.given), self.rest
        )
