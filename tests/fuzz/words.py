"""Pieces of the fuzzer's texts: some that mean something to who reads them, and any others."""

import json

from hypothesis import strategies as st

_TOKENS = (
    *("{", "}", "[", "]", ",", ": ", "- ", "? ", "\n", "\n  ", "\n    ", "\t", " ", "#", "|", ">"),
    *("&a ", "*a", "&b ", "*b", "<<: ", "<<: *a", "!!int ", "!!set ", "!x ", "---\n", "...\n"),
    *("%YAML 1.1\n", "'", '"', "\\", "\\x00", "a", "b: ", "name: ", "yes", "null", "~", ".inf"),
    *("1", "-0", "0x", "1e9", "1.0e+999", "1:30", "2024-13-45", "9" * 400, "\ufeff", "ä", "\x85"),
    *("\x00", "\ud800", "\u2028", "=", "@", "`", "../", "/etc/passwd"),
)
_LONG = 100_000  # characters: what is read in a time that grows with their square takes too long
RUNS = (
    *(character * _LONG + end for character in "1a-. #" for end in ("", "!")),
    *("a" + "-aaa" * 24 + "!", "requirements" * (_LONG // 12)),
)
words = st.text(max_size=20) | st.sampled_from(
    [*_TOKENS, *RUNS, "x" * 300, "a-b", "1G", "0-", "new"]
)
soup = st.lists(st.sampled_from(_TOKENS) | st.text(max_size=3), max_size=60).map("".join)
deep = st.builds(
    lambda opening, depth, end: opening * depth + end,
    st.sampled_from(["[", "{a: ", "- ", "[[", "{", '{"a":', "? ", "!!seq ["]),
    st.integers(0, 100_000),
    st.sampled_from(["", "1", "]", "}"]),
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | words
    | st.integers(-(10**40), 10**40)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
texts = soup | deep | st.text() | values.map(lambda value: json.dumps(value, ensure_ascii=False))


def maps_of(*keys: str) -> st.SearchStrategy[dict[str, object]]:
    """Return maps of which most keys are known, whatever their values."""
    known = st.sampled_from(keys)
    inner = st.recursive(
        values,
        lambda one: st.dictionaries(known | words, one, max_size=4),
        max_leaves=6,
    )
    return st.dictionaries(known | words, inner, max_size=8)
