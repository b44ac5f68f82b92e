"""Options of this charm: track 4 writes their names with hyphens."""

from __future__ import annotations

from types import MappingProxyType

from kafkastack_charms.kafka.options import ROWS, Config, Form, Row, Scope, split
from kafkastack_charms.server_charm import BadOptionError

BROKER, CONTROLLER = "broker", "controller"
_SEGMENT = Row(Scope.CLUSTER_WIDE, least=2**20, most=2**31 - 1)  # Kafka 3 took less
FORM = Form({**ROWS, "log.segment.bytes": _SEGMENT}, mark="-")
_LATER = "it comes with the balancer"
REFUSED = MappingProxyType(
    {
        "tls-private-key": ("", "run set-tls-private-key on a unit instead"),
        "network-bandwidth": (50000, _LATER),
        "cruisecontrol-balance-threshold": (1.1, _LATER),
        "cruisecontrol-capacity-threshold": (0.8, _LATER),
        "expose-external": ("nodeport", "it is for Kubernetes"),
        "pause-after-unit-refresh": ("none", "a refresh goes on as long as every unit works"),
    }
)
"""What means nothing here: the only value that is taken, and why there is no other."""


def parse_roles(config: Config) -> frozenset[str]:
    """Return what the units are; raise BadOptionError with the words for a person."""
    found = frozenset(split(config["roles"], 0))
    if "balancer" in found:
        raise BadOptionError(f"roles: balancer is not there yet, take {BROKER}, {CONTROLLER}")
    if not found or found - {BROKER, CONTROLLER}:
        raise BadOptionError(
            f"roles must be {BROKER}, {CONTROLLER} or both, not {config['roles'] or 'nothing'}"
        )
    return found


def check_refused(config: Config) -> None:
    """Raise BadOptionError for an option that means nothing here."""
    for name, (default, reason) in REFUSED.items():
        if config.get(name, default) != default:
            raise BadOptionError(f"{name} cannot be set here: {reason}")
