"""Whatever strangers write: no traceback, no hang, no growth, no write outside.

Seconds of it, the same ones each time; `benchmarks/fuzz.py` does minutes with others.
"""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz.claims import check
from tests.fuzz.targets import TARGETS, Target
from tests.fuzz.words import RUNS

_SECONDS_OF_IT = settings(
    max_examples=40,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_readers_answer_with_a_value_or_a_sentence(target: Target) -> None:
    @_SECONDS_OF_IT
    @given(target.made_up)
    def read(made_up: object) -> None:
        check(target, made_up)

    read()


# Where a word of a stranger stands in what a reader is given.
_PLACES: list[tuple[str, Callable[[str], object]]] = [
    ("words of a command line", str),
    ("YAML", str),
    ("unit files", "[Service]\nExecStart=/bin/true {0}\nTimeoutStopSec={0}\n".format),
    ("files of a charm", lambda word: {"metadata.yaml": f"name: '{word}'"}),
    ("files of a charm", lambda word: {"metadata.yaml": f"name: a\nstorage: {{'{word}': {{}}}}"}),
    ("settings of a hook tool", str.encode),
    ("hook tools", lambda word: (["secret-add", "--expire", word, "key=value"], b"")),
    ("hook tools", lambda word: (["action-set", f"{word}=1"], b"")),
    ("locks of packages", lambda word: {"requirements.txt": f"a{word}\n./{word}\na=={word}"}),
    ("locks of packages", lambda word: {"charmcraft.yaml": _OVERRIDE.format(word)}),
    ("locks of packages", lambda word: {"poetry.lock": _LOCK, "pyproject.toml": _toml(word)}),
]
_OVERRIDE = "parts: {{charm: {{plugin: nil, override-build: '{}'}}}}"
_LOCK = '[[package]]\nname = "a"\nversion = "1"\n'


def _toml(constraint: str) -> str:
    return f'[tool.poetry.dependencies]\npython = "^3.8"\na = "{constraint}"\n'


@pytest.mark.parametrize(("name", "placed"), _PLACES)
def test_a_word_of_a_hundred_thousand_characters_is_answered_soon(
    name: str, placed: Callable[[str], object]
) -> None:
    target = next(target for target in TARGETS if target.name == name)
    for run in RUNS:
        check(target, placed(run))
