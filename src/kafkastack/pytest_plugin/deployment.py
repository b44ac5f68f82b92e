"""Deployment of the Kafka of a test run, and its readiness."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from kafkastack.errors import KafkastackError, UsageError

if TYPE_CHECKING:
    import jubilant

MODEL = "kafka"
MOST_BROKERS = 9
_AUTHORITY = "self-signed-certificates"
_SECONDS = 300.0


class Wanted(Struct, frozen=True):
    """What the settings of pytest ask for."""

    track: Literal["3", "4"]
    brokers: int
    tls: bool

    @classmethod
    def read(cls, track: str, brokers: str, *, tls: bool) -> Wanted:
        """Read the settings as they are written."""
        if track not in ("3", "4"):
            raise UsageError(
                f'kafkastack_kafka = "{track}": there is no such Kafka', "there are: 3, 4"
            )
        if not re.fullmatch(r"[0-9]{1,4}", brokers) or not 1 <= int(brokers) <= MOST_BROKERS:
            raise UsageError(
                f'kafkastack_brokers = "{brokers}": it is a number', f"from 1 to {MOST_BROKERS}"
            )
        return cls(track, int(brokers), tls)


def deploy(juju: jubilant.Juju, wanted: Wanted) -> None:
    """Ask for all of it; nothing is waited for."""
    juju.add_model(MODEL)
    if wanted.tls:
        juju.deploy(_AUTHORITY)
    _DEPLOY[wanted.track](juju, wanted)
    juju.integrate("kafka", "data-integrator")
    if wanted.tls:
        juju.integrate("kafka:certificates", _AUTHORITY)


def _deploy_client(juju: jubilant.Juju) -> None:
    juju.deploy("data-integrator", config={"topic-name": "any", "extra-user-roles": "admin"})


def _deploy_3(juju: jubilant.Juju, wanted: Wanted) -> None:
    juju.deploy("zookeeper")
    juju.deploy("kafka", channel="3/stable", num_units=wanted.brokers)
    _deploy_client(juju)
    juju.integrate("kafka", "zookeeper")
    if wanted.tls:
        juju.integrate("zookeeper", _AUTHORITY)


def _deploy_4(juju: jubilant.Juju, wanted: Wanted) -> None:
    _deploy_client(juju)  # before it: a port for clients that opens later takes a restart
    roles = {"roles": "broker,controller"}
    juju.deploy("kafka", channel="4/stable", num_units=wanted.brokers, config=roles)


_DEPLOY = {"3": _deploy_3, "4": _deploy_4}


def credentials(juju: jubilant.Juju, wanted: Wanted) -> dict[str, str]:
    """Wait until everything is active, and Kafka tells of all listeners that are wanted."""
    import jubilant

    told: dict[str, str] = {}

    def is_ready(status: jubilant.Status) -> bool:
        if not jubilant.all_active(status):
            return False
        task = juju.run("data-integrator/0", "get-credentials")
        told.update(task.results["kafka"])
        endpoints = told.get("endpoints", "").split(",")
        return (told.get("tls") == "enabled") is wanted.tls and len(endpoints) == wanted.brokers

    try:
        juju.wait(is_ready, delay=0.2, successes=1, timeout=_SECONDS)
    except (jubilant.WaitError, TimeoutError) as error:
        log = juju.debug_log(limit=40)
        raise KafkastackError(f"there is no Kafka after {_SECONDS:.0f} s", log) from error
    return told
