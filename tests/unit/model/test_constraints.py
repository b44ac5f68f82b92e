"""Constraints are read, refused and printed in Juju's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkastack.errors import UsageError
from kafkastack.model.constraints import READERS, as_map, parse_constraints, put_over, to_text


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["mem=2G", "cores=2"], "cores=2 mem=2048M"),
        (["arch=arm64 root-disk=1.5G"], "arch=arm64 root-disk=1536M"),
        (["cpu-cores=3"], "cores=3"),
        (["zones=b,a", "tags=,x"], "tags=x zones=b,a"),
        (["mem=512", "allocate-public-ip=true"], "mem=512M allocate-public-ip=true"),
        (["mem=", "tags="], ""),
        ([], ""),
    ],
)
def test_constraints_are_printed_in_juju_s_order(words: list[str], text: str) -> None:
    assert to_text(parse_constraints(words)) == text


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("cores", 'malformed constraint "cores"'),
        ("core=2", 'unknown constraint "core"'),
        ("cores=٣", 'bad "cores" constraint: must be a non-negative integer'),
        ("cores=two", 'bad "cores" constraint: must be a non-negative integer'),
        ("mem=-1G", 'bad "mem" constraint: must be a non-negative float with optional M/G/T/P'),
        ("arch=z80", 'bad "arch" constraint: "z80" not recognized'),
        ("allocate-public-ip=perhaps", 'bad "allocate-public-ip" constraint: must be'),
        ("cores=1 cores=2", 'bad "cores" constraint: already set'),
    ],
)
def test_what_is_no_constraint_is_refused(word: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_constraints([word])

    assert said in str(error.value)


def test_an_application_s_constraints_go_before_its_model_s() -> None:
    assert put_over({"mem": "4G", "cores": "2"}, "cores=8 arch=amd64") == (
        "arch=amd64 cores=8 mem=4096M"
    )


_WORD = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
_VALUES = {
    "arch": st.just("amd64"),
    "container": st.just("lxd"),
    "cores": st.integers(0, 4096).map(str),
    "cpu-power": st.integers(0, 4096).map(str),
    "mem": st.integers(0, 10**6).map(str),
    "root-disk": st.integers(1, 999).map(lambda n: f"{n}G"),
    "tags": st.lists(_WORD, min_size=1, max_size=3).map(",".join),
    "spaces": st.lists(_WORD, min_size=1, max_size=3).map(",".join),
    "zones": st.lists(_WORD, min_size=1, max_size=3).map(",".join),
    "allocate-public-ip": st.sampled_from(["true", "false"]),
}


@given(st.fixed_dictionaries({}, optional={k: _VALUES.get(k, _WORD) for k in READERS}))
def test_what_is_printed_means_the_same_when_it_is_typed(given_: dict[str, str]) -> None:
    meant = parse_constraints(f"{key}={text}" for key, text in given_.items())

    assert parse_constraints([to_text(meant)]) == meant
    assert put_over(as_map(to_text(meant)), "") == to_text(meant)
