"""Records of a model: frozen facts, each with a key unique in its model."""

from kafkastack.model.records.applications import Application, Charm, Machine, Unit
from kafkastack.model.records.models import ControllerSettings, Life, Model, SshKey, StatusInfo
from kafkastack.model.records.relations import (
    Databag,
    Endpoint,
    Offer,
    Relation,
    Role,
    Saas,
    Scope,
)
from kafkastack.model.records.secrets import Secret, SecretConsumer, SecretGrant, SecretRevision
from kafkastack.model.records.storage import Storage, StoragePool
from kafkastack.model.records.tasks import ENDED, Operation, Task, TaskStatus, tag_of
from kafkastack.model.records.unit_state import FailedHook, Hook, RelationState, UnitState

__all__ = [
    "ENDED",
    "RECORDS",
    "Application",
    "Charm",
    "ControllerSettings",
    "Databag",
    "Endpoint",
    "FailedHook",
    "Hook",
    "Life",
    "Machine",
    "Model",
    "Offer",
    "Operation",
    "Relation",
    "RelationState",
    "Role",
    "Saas",
    "Scope",
    "Secret",
    "SecretConsumer",
    "SecretGrant",
    "SecretRevision",
    "SshKey",
    "StatusInfo",
    "Storage",
    "StoragePool",
    "Task",
    "TaskStatus",
    "Unit",
    "UnitState",
    "tag_of",
]

RECORDS: tuple[type, ...] = (
    Model,
    ControllerSettings,
    Charm,
    Machine,
    Application,
    Unit,
    Relation,
    Offer,
    Saas,
    Databag,
    Storage,
    StoragePool,
    SshKey,
    Secret,
    SecretRevision,
    SecretConsumer,
    SecretGrant,
    Task,
    Operation,
    UnitState,
)
