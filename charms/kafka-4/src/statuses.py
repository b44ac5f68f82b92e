"""Every status of this charm, in the order in which they matter; the first that holds is shown."""

from __future__ import annotations

from dataclasses import dataclass

import ops
from kafkastack_charms import statuses
from kafkastack_charms.statuses import Row


@dataclass(frozen=True, eq=False, repr=False)  # a third of the time to define
class Facts(statuses.Facts):
    """What is known of a server at the end of a hook."""

    has_controllers: bool = True  # of its own or of another application
    has_brokers: bool = True
    other_fault: str = ""  # what of the other application's answer cannot be used
    is_other_quorum: bool = False  # the metadata of these brokers is elsewhere
    is_other_cluster: bool = False  # what these controllers keep is of other brokers
    has_cluster: bool = True  # the other application has told what is needed
    has_bootstrap: bool = True  # the first controller is there
    has_metadata: bool = True  # that was, on one unit at least
    has_quorum: bool = True  # of controllers; asked only where one does not work
    users_fault: str = ""  # why the passwords of a person cannot be taken
    advice: str = ""  # what the machine could do better
    quorum_advice: str = ""


TABLE: tuple[Row, ...] = (
    *statuses.inputs("kafka"),
    (lambda f: not f.has_address, ops.MaintenanceStatus, "not all units related"),
    (
        lambda f: not f.has_controllers,
        ops.BlockedStatus,
        "application needs to be related with a KRaft controller",
    ),
    (lambda f: not f.has_brokers, ops.BlockedStatus, "missing required peer-cluster relation"),
    (
        lambda f: f.is_other_quorum,
        ops.BlockedStatus,
        "these brokers belong to other controllers: deploy new ones, or relate those again",
    ),
    (
        lambda f: f.is_other_cluster,
        ops.BlockedStatus,
        "these controllers belong to other brokers: deploy new ones, or relate those again",
    ),
    (
        lambda f: f.other_fault,
        ops.BlockedStatus,
        "peer-cluster's answer cannot be used: {f.other_fault}",
    ),
    (
        lambda f: not f.has_credentials,
        ops.WaitingStatus,
        "internal broker credentials not yet added",
    ),
    (lambda f: not f.has_cluster, ops.WaitingStatus, "waiting for peer-cluster TLS setup"),
    (
        lambda f: not f.has_metadata,
        ops.BlockedStatus,
        "no unit keeps the cluster's metadata any more: deploy a new application",
    ),
    (lambda f: not f.has_bootstrap, ops.WaitingStatus, "waiting for bootstrap controller"),
    statuses.CA_FAULT,
    statuses.NEEDS_CERTIFICATE,
    (lambda f: not f.is_started, ops.WaitingStatus, "waiting for cluster uuid"),
    (lambda f: f.crash, ops.BlockedStatus, "server keeps exiting: {f.crash}"),
    (lambda f: not f.is_active, ops.BlockedStatus, "service not running"),
    statuses.FAILED_FOLDER,
    (lambda f: not f.has_quorum, ops.BlockedStatus, "controllers have no quorum"),
    (lambda f: not f.answers and f.was_ready, ops.BlockedStatus, "service not running"),
    (
        lambda f: not f.is_ready and f.was_ready,
        ops.BlockedStatus,
        "unit not connected to the controller",
    ),
    (lambda f: not f.is_ready, ops.WaitingStatus, "service is still starting up"),
    *statuses.TURN,
    (lambda f: f.users_fault, ops.BlockedStatus, "system-users: {f.users_fault}"),
    statuses.REFUSED,
    (lambda f: f.quorum_advice, ops.ActiveStatus, "{f.quorum_advice}"),
    (lambda f: f.advice, ops.ActiveStatus, "{f.advice}"),
)
