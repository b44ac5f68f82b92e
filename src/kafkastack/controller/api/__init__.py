"""What a controller can be asked: one function a verb, in one module a family."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from kafkastack.controller.api import (
    actions,
    applications,
    controllers,
    machines,
    models,
    operations,
    relations,
    settings,
    status,
)

API: Mapping[str, Callable[..., Awaitable[Any]]] = {
    "actions": operations.actions,
    "add-machine": machines.add_machines,
    "add-model": models.add_model,
    "add-unit": applications.add_unit,
    "cancel-task": operations.cancel_task,
    "config": applications.config,
    "debug-log": status.debug_log,
    "deploy": applications.deploy,
    "destroy-controller": controllers.destroy_controller,
    "destroy-model": models.destroy_model,
    "exec": actions.execute,
    "integrate": relations.integrate,
    "machines": machines.machines,
    "model-config": settings.model_config,
    "model-defaults": settings.model_defaults,
    "models": models.models,
    "operations": operations.operations,
    "remove-application": applications.remove_application,
    "remove-machine": machines.remove_machines,
    "remove-relation": relations.remove_relation,
    "remove-unit": applications.remove_unit,
    "resolved": actions.resolved,
    "run": actions.run,
    "show-action": operations.show_action,
    "show-controller": controllers.show_controller,
    "show-model": models.show_model,
    "show-operation": operations.show_operation,
    "show-task": operations.show_task,
    "show-unit": status.show_unit,
    "ssh": actions.shell,
    "status": status.status,
}
"""Verb → function(session, **parameters); what it returns is JSON."""
