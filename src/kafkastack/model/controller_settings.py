"""Settings of a controller: Juju's keys, the type of each, and those that may change later."""

from collections.abc import Mapping

from kafkastack.errors import KafkastackError
from kafkastack.model.settings import (
    MODEL_SETTINGS,
    Setting,
    SettingValue,
    read_bool,
    read_duration,
    read_int,
    read_size,
    shown,
)

CONTROLLER_SETTINGS: Mapping[str, Setting] = {
    "agent-logfile-max-backups": Setting(2, read_int),
    "agent-logfile-max-size": Setting("100M", read_size),
    "agent-ratelimit-max": Setting(10, read_int),
    "agent-ratelimit-rate": Setting("250ms", read_duration),
    "api-port": Setting(17070, read_int),
    "api-port-open-delay": Setting("2s", read_duration),
    "application-resource-download-limit": Setting(0, read_int),
    "audit-log-capture-args": Setting(False, read_bool),
    "audit-log-exclude-methods": Setting("ReadOnlyMethods"),
    "audit-log-max-backups": Setting(10, read_int),
    "audit-log-max-size": Setting("300M", read_size),
    "auditing-enabled": Setting(True, read_bool),
    "controller-resource-download-limit": Setting(0, read_int),
    "features": Setting(),
    "juju-ha-space": Setting(),
    "juju-mgmt-space": Setting(),
    "login-token-refresh-url": Setting(),
    "max-agent-state-size": Setting(524288, read_int),
    "max-charm-state-size": Setting(2097152, read_int),
    "max-debug-log-duration": Setting("24h0m0s", read_duration),
    "migration-agent-wait-time": Setting("15m0s", read_duration),
    "model-logfile-max-backups": Setting(2, read_int),
    "model-logfile-max-size": Setting("10M", read_size),
    "public-dns-address": Setting(),
    "query-tracing-enabled": Setting(False, read_bool),
    "query-tracing-threshold": Setting("1s", read_duration),
    "ssh-max-concurrent-connections": Setting(100, read_int),
    "ssh-server-port": Setting(17022, read_int),
    "state-port": Setting(37017, read_int),
    "system-ssh-keys": Setting(),
}
_FIXED = {
    "api-port",
    "controller-name",
    "controller-uuid",
    "ssh-server-port",
    "state-port",
}


def check_bootstrap(config: Mapping[str, str]) -> None:
    """Refuse a value with which no controller can be made; an unknown key takes any."""
    for key, text in config.items():
        setting = CONTROLLER_SETTINGS.get(key) or MODEL_SETTINGS.get(key)
        if setting:
            _check(key, text, setting)


def check_change(config: Mapping[str, str]) -> None:
    """Refuse what cannot be set once a controller is there."""
    refused = [key for key in config if key in _FIXED or key not in CONTROLLER_SETTINGS]
    if refused:
        raise KafkastackError(
            "invalid or read-only controller config values cannot be updated: "
            f"[{' '.join(sorted(refused))}]",
            "see which there are: kafkastack controller-config",
        )
    for key, text in config.items():
        _check(key, text, CONTROLLER_SETTINGS[key])


def effective_config(config: Mapping[str, str]) -> dict[str, SettingValue]:
    """Return every setting of a controller: what was set, else its default."""
    given = {key: CONTROLLER_SETTINGS[key].read(text) for key, text in _known(config).items()}
    return {key: setting.default for key, setting in CONTROLLER_SETTINGS.items()} | given


def _known(config: Mapping[str, str]) -> dict[str, str]:
    return {key: text for key, text in config.items() if key in CONTROLLER_SETTINGS}


def _check(key: str, text: str, setting: Setting) -> None:
    try:
        setting.read(text)
    except ValueError as error:
        raise KafkastackError(
            f'{key}: {error}, got string("{text}")', f"such as: {key}={shown(setting.default)}"
        ) from error
