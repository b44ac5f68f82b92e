"""Options of the charm, checked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from kafkastack_charms.log4j import LEVELS
from kafkastack_charms.server_charm import BadOptionError

# ZooKeeper multiplies them, in 32 bits; below a tenth of a second nobody is in time.
BOUNDS = MappingProxyType(
    {"tick-time": (100, 60_000), "init-limit": (1, 1000), "sync-limit": (1, 1000)}
)
"""The least and the most of each number."""


class Options(NamedTuple):
    """What the operator may choose."""

    tick_time: int
    init_limit: int
    sync_limit: int
    log_level: str
    include_ip_sans: bool

    @classmethod
    def parse(cls, config: Mapping[str, bool | int | float | str]) -> Options:
        """Read the options; raise BadOptionError with the words for a person."""
        options = cls(
            tick_time=int(config["tick-time"]),
            init_limit=int(config["init-limit"]),
            sync_limit=int(config["sync-limit"]),
            log_level=str(config["log-level"]).upper(),
            include_ip_sans=bool(config["certificate-include-ip-sans"]),
        )
        for name, (least, most) in BOUNDS.items():
            if not least <= int(config[name]) <= most:
                raise BadOptionError(f"{name} must be {least} to {most}, not {config[name]}")
        if options.log_level not in LEVELS:
            known = ", ".join(LEVELS)
            raise BadOptionError(f"log-level must be one of {known}, not {config['log-level']}")
        return options
