"""A model's settings are Juju's keys, read by their types; logging-config chooses lines."""

import pytest

from kafkastack.errors import KafkastackError
from kafkastack.model.bounds import PROXY, VALUE
from kafkastack.model.logging_config import is_logged, parse_logging_config
from kafkastack.model.settings import (
    MODEL_SETTINGS,
    check_settings,
    effective,
    misspelt,
    shown,
    typed,
)


@pytest.mark.parametrize("key", MODEL_SETTINGS)
def test_every_default_can_be_typed_again(key: str) -> None:
    text = shown(MODEL_SETTINGS[key].default)

    check_settings({key: text})

    assert typed(key, text) == MODEL_SETTINGS[key].default


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("test-mode", "perhaps", r'test-mode: expected bool, got string\("perhaps"\)'),
        ("num-provision-workers", "many", "expected int"),
        ("max-status-history-age", "old", "expected duration"),
        ("max-status-history-size", "big", "expected size"),
        ("firewall-mode", "open", r"expected one of \[instance global none\]"),
        ("default-base", "jammy", "expected base such as ubuntu@24.04"),
        ("logging-config", "unit", 'unknown severity level "unit"'),
        ("name", "x", '"name" cannot be changed'),
    ],
)
def test_a_value_that_does_not_fit_is_refused(key: str, text: str, words: str) -> None:
    with pytest.raises(KafkastackError, match=words):
        check_settings({key: text})


@pytest.mark.parametrize(
    ("key", "most"), [("no-proxy", PROXY), ("cloudinit-userdata", VALUE), ("any-key", VALUE)]
)
def test_a_value_is_no_longer_than_what_it_goes_into_can_hold(key: str, most: int) -> None:
    check_settings({key: "x" * most})
    with pytest.raises(KafkastackError, match=f"value of {key} is too long: at most {most} char"):
        check_settings({key: "x" * (most + 1)})


def test_a_key_that_nobody_knows_is_named_and_takes_any_value() -> None:
    check_settings({"arch": "amd64"})
    assert misspelt(["arch", "test-mode", "uuid"]) == ["arch"]
    assert typed("arch", "amd64") == "amd64"


def test_what_was_set_goes_before_the_default() -> None:
    assert effective({}, "automatically-retry-hooks") is True
    assert effective({"automatically-retry-hooks": "False"}, "automatically-retry-hooks") is False


@pytest.mark.parametrize(
    ("config", "level", "kept"),
    [
        ("<root>=INFO", "DEBUG", False),
        ("<root>=INFO", "INFO", True),
        ("<root>=WARNING;unit=DEBUG", "DEBUG", True),
        ("<root>=DEBUG; unit=ERROR", "WARNING", False),
        ("unit=INFO;unit.kafka/0=TRACE", "TRACE", True),
        ("unit=INFO;unit.kafka/1=TRACE", "TRACE", False),
        ("unit.kafka/0.juju-log=CRITICAL", "ERROR", False),
        ("juju.worker=TRACE", "INFO", False),
        ("unit=UNSPECIFIED;<root>=DEBUG", "DEBUG", True),
        ("warn", "INFO", False),
        ("", "WARNING", True),
        ("", "INFO", False),
    ],
)
def test_the_nearest_name_decides_which_level_is_kept(config: str, level: str, kept: bool) -> None:
    assert is_logged(config, "unit.kafka/0.juju-log", level) is kept


@pytest.mark.parametrize("text", ["=DEBUG", "unit=DEBUG;x", "unit=LOUD"])
def test_a_part_that_names_no_level_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"LEVEL|severity"):
        parse_logging_config(text)
