"""Options of the charm, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kafkastack_charms.log4j import LEVELS
from kafkastack_charms.server_charm import BadOptionError


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
        for name in ("tick-time", "init-limit", "sync-limit"):
            if int(config[name]) < 1:
                raise BadOptionError(f"{name} must be 1 or more, not {config[name]}")
        if options.log_level not in LEVELS:
            known = ", ".join(LEVELS)
            raise BadOptionError(f"log-level must be one of {known}, not {config['log-level']}")
        return options
