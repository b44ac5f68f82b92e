"""A controller's settings are Juju's keys; some are fixed once it is there."""

import pytest

from kafkastack.errors import KafkastackError
from kafkastack.model.controller_settings import (
    CONTROLLER_SETTINGS,
    check_bootstrap,
    check_change,
    effective_config,
)
from kafkastack.model.settings import shown


@pytest.mark.parametrize("key", CONTROLLER_SETTINGS)
def test_every_default_can_be_typed_at_bootstrap(key: str) -> None:
    check_bootstrap({key: shown(CONTROLLER_SETTINGS[key].default)})


def test_what_was_set_goes_before_the_default() -> None:
    shown_ = effective_config({"auditing-enabled": "false", "test-mode": "true"})

    assert shown_["auditing-enabled"] is False and shown_["api-port"] == 17070
    assert "test-mode" not in shown_


@pytest.mark.parametrize("key", ["api-port", "controller-uuid", "test-mode", "nothing"])
def test_what_is_fixed_is_refused_later(key: str) -> None:
    with pytest.raises(KafkastackError, match="read-only controller config values"):
        check_change({key: "1"})


@pytest.mark.parametrize(("key", "kind"), [("api-port", "int"), ("test-mode", "bool")])
def test_what_cannot_be_is_refused_at_bootstrap(key: str, kind: str) -> None:
    with pytest.raises(KafkastackError, match=rf'^{key}: expected {kind}, got string\("x"\)'):
        check_bootstrap({key: "x"})
