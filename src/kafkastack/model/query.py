"""Query of `wait-for`: text → a test of names, as Juju's goal states are written.

Such as: life=="alive" && (status=="active" || forEach(units, u => u.workload-status=="active"))
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from msgspec import Struct

from kafkastack.errors import UsageError

Scope = Mapping[str, Any]
Meaning = Callable[[Scope], Any]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<name>[A-Za-z_](?:[\w-]*\w)?)
      | (?P<sign>=>|==|!=|<=|>=|&&|\|\||[<>().,])
    )""",
    re.VERBOSE,
)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def _starts_with(text: object, start: object) -> bool:
    return str(text).startswith(str(start))


def _ends_with(text: object, end: object) -> bool:
    return str(text).endswith(str(end))


_FUNCTIONS: Mapping[str, tuple[int, Callable[..., Any]]] = {
    "len": (1, len),
    "startsWith": (2, _starts_with),
    "endsWith": (2, _ends_with),
}
_DEEPEST = 50  # brackets in brackets: reading and asking call themselves for each
_MOST_LOOPS = 2  # forEach in forEach: units of applications; each is as much again
_LONGEST = 10_000  # characters
_NOTHING: Scope = {}
_WORDS = {"true": True, "false": False}


class Token(Struct, frozen=True):
    """A word of a query, and where it begins."""

    kind: str
    text: str
    at: int


def parse_query(text: str) -> Meaning:
    """Return what a query means; UsageError says where it cannot be read."""
    if len(text) > _LONGEST:
        raise UsageError(f"the query has {len(text)} characters: at most {_LONGEST}")
    parser = _Parser(text, _tokens(text))
    meaning = parser.read_or()
    parser.expect_end()
    return meaning


def holds(meaning: Meaning, scope: Scope) -> bool:
    """Report whether a query is true of a scope; names that differ in type are not."""
    try:
        return bool(meaning(scope))
    except TypeError:  # a text is neither less nor more than a number, and has no units
        return False


def _tokens(text: str) -> Sequence[Token]:
    found: list[Token] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text, at)
        kind = match.lastgroup or ""
        found.append(Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return found


def _unreadable(text: str, at: int) -> UsageError:
    rest = text[at:].strip() or "its end"
    return UsageError(
        f'cannot parse query "{text}" at {rest}',
        "such as: --query='status==\"active\" && len(units) > 1'",
    )


class _Parser:
    """Reads a query from left to right."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self._text, self._tokens, self._next = text, tokens, 0
        self._depth, self._loops = 0, 0

    def expect_end(self) -> None:
        """Refuse words that are left."""
        if self._next < len(self._tokens):
            raise self._error()

    def read_or(self) -> Meaning:
        """Read what `||` joins."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UsageError(f"the query has more than {_DEEPEST} brackets in brackets")
        parts = [self._read_and()]
        while self._take("||"):
            parts.append(self._read_and())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else lambda scope: any(part(scope) for part in parts)

    def _read_and(self) -> Meaning:
        parts = [self._read_comparison()]
        while self._take("&&"):
            parts.append(self._read_comparison())
        return parts[0] if len(parts) == 1 else lambda scope: all(part(scope) for part in parts)

    def _read_comparison(self) -> Meaning:
        left = self._read_value()
        for sign, compare in _COMPARE.items():
            if self._take(sign):
                right = self._read_value()
                return lambda scope: compare(left(scope), right(scope))
        return left

    def _read_value(self) -> Meaning:
        token = self._pop()
        if token.text == "(" and token.kind == "sign":
            inner = self.read_or()
            self._expect(")")
            return inner
        if token.kind == "text":
            text = re.sub(r"\\(.)", r"\1", token.text[1:-1])
            return lambda _: text
        if token.kind == "number":
            number = float(token.text)
            return lambda _: number
        if token.kind == "name":
            return self._read_call(token) if self._take("(") else self._read_path(token)
        raise self._error(token)

    def _read_path(self, token: Token) -> Meaning:
        if token.text in _WORDS:
            return lambda _: _WORDS[token.text]
        names = [token.text]
        while self._take("."):
            names.append(self._pop("name").text)
        return lambda scope: _look_up(scope, names)

    def _read_call(self, token: Token) -> Meaning:
        if token.text == "forEach":
            return self._read_for_each()
        if token.text not in _FUNCTIONS:
            raise self._error(token)
        count, function = _FUNCTIONS[token.text]
        arguments = [self.read_or()]
        while self._take(","):
            arguments.append(self.read_or())
        self._expect(")")
        if len(arguments) != count:
            raise self._error(token)
        return lambda scope: function(*(argument(scope) for argument in arguments))

    def _read_for_each(self) -> Meaning:
        items = self.read_or()
        self._expect(",")
        name = self._pop("name").text
        self._expect("=>")
        self._loops += 1
        if self._loops > _MOST_LOOPS:
            raise UsageError(f"the query has more than {_MOST_LOOPS} forEach in each other")
        body = self.read_or()
        self._loops -= 1
        self._expect(")")
        return lambda scope: all(body({**scope, name: one}) for one in _each(items(scope)))

    def _take(self, sign: str) -> bool:
        token = self._peek()
        if token is None or token.kind != "sign" or token.text != sign:
            return False
        self._next += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._error()

    def _pop(self, kind: str = "") -> Token:
        token = self._peek()
        if token is None or (kind and token.kind != kind):
            raise self._error()
        self._next += 1
        return token

    def _peek(self) -> Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _error(self, token: Token | None = None) -> UsageError:
        token = token or self._peek()
        return _unreadable(self._text, token.at if token else len(self._text))


def _look_up(scope: Scope, names: Sequence[str]) -> Any:
    inside = scope
    for name in names[:-1]:
        value = inside.get(name)
        inside = cast(Scope, value) if isinstance(value, Mapping) else _NOTHING
    if names[-1] not in inside:
        known = ", ".join(sorted(scope))
        raise UsageError(f'"{".".join(names)}" is not known here', f"there are: {known}")
    return inside[names[-1]]


def _each(items: Any) -> Iterable[Any]:
    return cast(Scope, items).values() if isinstance(items, Mapping) else items
