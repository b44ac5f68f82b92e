"""Documents that commands are answered with: pure functions from records to Juju-shaped maps."""

from kafkastack.controller.documents.actions import (
    actions_document,
    actions_schema_document,
    operation_document,
    operations_document,
    run_document,
    task_document,
)
from kafkastack.controller.documents.applications import show_application_document
from kafkastack.controller.documents.bundle import bundle_documents
from kafkastack.controller.documents.facts import ControllerFacts, Document, Metas, ModelFacts
from kafkastack.controller.documents.hooks import hooks_document
from kafkastack.controller.documents.machines import show_machine_document
from kafkastack.controller.documents.models import (
    controllers_document,
    cores_of,
    models_document,
    show_controller_document,
    show_model_document,
)
from kafkastack.controller.documents.offers import found_offers_document, offers_document
from kafkastack.controller.documents.secrets import (
    find_secret,
    secrets_document,
    show_secret_document,
)
from kafkastack.controller.documents.settings import (
    config_document,
    config_value,
    model_config_document,
    model_defaults_document,
)
from kafkastack.controller.documents.status import status_document
from kafkastack.controller.documents.storage import pools_document, storage_document
from kafkastack.controller.documents.units import show_unit_document

__all__ = [
    "ControllerFacts",
    "Document",
    "Metas",
    "ModelFacts",
    "actions_document",
    "actions_schema_document",
    "bundle_documents",
    "config_document",
    "config_value",
    "controllers_document",
    "cores_of",
    "find_secret",
    "found_offers_document",
    "hooks_document",
    "model_config_document",
    "model_defaults_document",
    "models_document",
    "offers_document",
    "operation_document",
    "operations_document",
    "pools_document",
    "run_document",
    "secrets_document",
    "show_application_document",
    "show_controller_document",
    "show_machine_document",
    "show_model_document",
    "show_secret_document",
    "show_unit_document",
    "status_document",
    "storage_document",
    "task_document",
]
