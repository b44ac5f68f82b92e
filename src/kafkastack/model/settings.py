"""Settings of a model: Juju's keys, the values each may hold, and the defaults."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from kafkastack.errors import KafkastackError, UsageError
from kafkastack.model.base import is_base
from kafkastack.model.bounds import PROXY, VALUE
from kafkastack.model.duration import interval_seconds
from kafkastack.model.logging_config import parse_logging_config

SettingValue = str | bool | int
_LOCAL = "127.0.0.1,localhost,::1"
_TRUE = ("1", "t", "T", "true", "TRUE", "True")
_FALSE = ("0", "f", "F", "false", "FALSE", "False")


def _text(text: str) -> str:
    return text


def read_bool(text: str) -> bool:
    """Read a boolean as Go writes it; ValueError says what was expected."""
    if text not in (*_TRUE, *_FALSE):
        raise ValueError("expected bool")
    return text in _TRUE


def read_int(text: str) -> int:
    """Read a whole number; ValueError says what was expected."""
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise ValueError("expected int")
    return int(text)


def read_duration(text: str) -> str:
    """Read a duration, such as 5m; ValueError says what was expected."""
    if not interval_seconds(text):
        raise ValueError("expected duration such as 5m")
    return text


def read_size(text: str) -> str:
    """Read a size, such as 5G; ValueError says what was expected."""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?[MGTPEZY]?(iB|B)?", text):
        raise ValueError("expected size such as 5G")
    return text


def _base(text: str) -> str:
    if text and not is_base(text):
        raise ValueError("expected base such as ubuntu@24.04")
    return text


def _levels(text: str) -> str:
    parse_logging_config(text)
    return text


def _one_of(*words: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in words:
            raise ValueError(f"expected one of [{' '.join(words)}]")
        return text

    return check


class Setting(NamedTuple):
    """One key: what it is until it is set, and how its text is read (ValueError: it is not)."""

    default: SettingValue = ""
    read: Callable[[str], SettingValue] = _text


MODEL_SETTINGS: Mapping[str, Setting] = {
    "agent-metadata-url": Setting(),
    "agent-stream": Setting("released", _one_of("released", "proposed", "devel", "testing")),
    "apt-ftp-proxy": Setting(),
    "apt-http-proxy": Setting(),
    "apt-https-proxy": Setting(),
    "apt-mirror": Setting(),
    "apt-no-proxy": Setting(),
    "automatically-retry-hooks": Setting(True, read_bool),
    "backup-dir": Setting(),
    "charmhub-url": Setting("https://api.charmhub.io"),
    "cloudinit-userdata": Setting(),
    "container-image-metadata-defaults-disabled": Setting(False, read_bool),
    "container-image-metadata-url": Setting(),
    "container-image-stream": Setting("released"),
    "container-inherit-properties": Setting(),
    "container-networking-method": Setting("", _one_of("", "local", "provider")),
    "default-base": Setting("", _base),
    "default-space": Setting(),
    "development": Setting(False, read_bool),
    "disable-network-management": Setting(False, read_bool),
    "disable-telemetry": Setting(False, read_bool),
    "egress-subnets": Setting(),
    "enable-os-refresh-update": Setting(True, read_bool),
    "enable-os-upgrade": Setting(True, read_bool),
    "extra-info": Setting(),
    "firewall-mode": Setting("instance", _one_of("instance", "global", "none")),
    "external-network": Setting(),
    "ftp-proxy": Setting(),
    "http-proxy": Setting(),
    "https-proxy": Setting(),
    "ignore-machine-addresses": Setting(False, read_bool),
    "image-metadata-defaults-disabled": Setting(False, read_bool),
    "image-metadata-url": Setting(),
    "image-stream": Setting("released"),
    "juju-ftp-proxy": Setting(),
    "juju-http-proxy": Setting(),
    "juju-https-proxy": Setting(),
    "juju-no-proxy": Setting(_LOCAL),
    "logging-config": Setting("<root>=INFO", _levels),
    "lxd-snap-channel": Setting("5.0/stable"),
    "max-action-results-age": Setting("336h", read_duration),
    "max-action-results-size": Setting("5G", read_size),
    "max-status-history-age": Setting("336h", read_duration),
    "max-status-history-size": Setting("5G", read_size),
    "mode": Setting("requires-prompts", _one_of("", "strict", "requires-prompts")),
    "net-bond-reconfigure-delay": Setting(17, read_int),
    "network": Setting(),
    "no-proxy": Setting(_LOCAL),
    "num-container-provision-workers": Setting(4, read_int),
    "num-provision-workers": Setting(16, read_int),
    "provisioner-harvest-mode": Setting(
        "destroyed", _one_of("all", "none", "unknown", "destroyed")
    ),
    "proxy-ssh": Setting(False, read_bool),
    "resource-tags": Setting(),
    "saas-ingress-allow": Setting("0.0.0.0/0,::/0"),
    "secret-backend": Setting("auto"),
    "snap-http-proxy": Setting(),
    "snap-https-proxy": Setting(),
    "snap-store-assertions": Setting(),
    "snap-store-proxy": Setting(),
    "snap-store-proxy-url": Setting(),
    "ssl-hostname-verification": Setting(True, read_bool),
    "storage-default-block-source": Setting(),
    "storage-default-filesystem-source": Setting(),
    "test-mode": Setting(False, read_bool),
    "transmit-vendor-metrics": Setting(True, read_bool),
    "update-status-hook-interval": Setting("5m", read_duration),
    "use-default-secgroup": Setting(False, read_bool),
}
# What a model is made with: shown, and never set by model-config.
FIXED = ("agent-version", "name", "type", "uuid")


_IN_ENVIRONMENT = "-proxy"  # of each hook: how these end


def check_settings(texts: Mapping[str, str], command: str = "model-config") -> None:
    """Refuse a key that is fixed, or a value that does not fit; an unknown key takes any text."""
    check_keys(texts, command)
    for key, text in texts.items():
        most = PROXY if key.endswith(_IN_ENVIRONMENT) else VALUE
        if len(text) > most:
            raise UsageError(f"the value of {key} is too long: at most {most} characters")
        setting = MODEL_SETTINGS.get(key, Setting())
        try:
            setting.read(text)
        except ValueError as error:
            raise KafkastackError(
                f'{key}: {error}, got string("{text}")',
                f"such as: kafkastack {command} {key}={shown(setting.default) or 'VALUE'}",
            ) from error


def check_keys(keys: Iterable[str], command: str = "model-config") -> None:
    """Refuse a key that nobody can set."""
    for key in keys:
        if key in FIXED:
            raise KafkastackError(f'"{key}" cannot be changed', f"see: kafkastack {command}")


def misspelt(keys: Iterable[str]) -> list[str]:
    """Return the keys that nobody knows: they are kept, and told, as Juju does."""
    return [key for key in keys if key not in MODEL_SETTINGS and key not in FIXED]


def typed(key: str, text: str) -> SettingValue:
    """Return what a stored text means; texts of a key that no longer is stay as they are."""
    setting = MODEL_SETTINGS.get(key)
    return setting.read(text) if setting else text


def shown(value: object) -> str:
    """Return a setting as it is typed and printed."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def effective(config: Mapping[str, str], key: str) -> SettingValue:
    """Return what a model's key means: what was set, else its default."""
    return typed(key, config[key]) if key in config else MODEL_SETTINGS[key].default
