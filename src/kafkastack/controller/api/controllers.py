"""What can be asked about the controller itself."""

from typing import Any

from kafkastack import __version__
from kafkastack.controller.api.models import destroy_model
from kafkastack.controller.api.session import Session
from kafkastack.errors import ConflictError
from kafkastack.model.records import Application, Machine, Model

DESTROY_SECONDS = 60.0  # then what is left of a model is forced


async def show_controller(s: Session) -> dict[str, Any]:
    """Return what `controllers` shows of this one."""
    models = s.store.models()
    return {
        "cloud": s.service.cloud.name,
        "region": s.service.cloud.region,
        "uuid": s.controller_uuid,
        "version": s.facts.version,
        "kafkastack": __version__,
        "models": len(models),
        "machines": sum(len(s.store.all(Machine, uuid)) for uuid in models),
    }


async def destroy_controller(s: Session, destroy_all_models: bool, force: bool) -> None:
    """Destroy the models and end the cloud's own processes; the controller then stops."""
    models = [s.store.get(Model, uuid, "model") for uuid in s.store.models()]
    busy = [m.name for m in models if s.store.all(Application, m.uuid)]
    if busy and not destroy_all_models:
        raise ConflictError(
            f'controller "{s.controller}" has hosted models: {", ".join(sorted(busy))}',
            "type: kafkastack destroy-controller --destroy-all-models " + s.controller,
        )
    for model in models:
        await destroy_model(s.of_model(model.name), force, DESTROY_SECONDS, "destroy")
    await s.service.cloud.shutdown()
    s.service.stop()
