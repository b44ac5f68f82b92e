"""Whatever strangers write: no traceback, no hang, no growth, no write outside.

Seconds of it, the same ones each time; `benchmarks/fuzz.py` does minutes with others.
"""

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz.claims import check
from tests.fuzz.targets import TARGETS, Target

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
