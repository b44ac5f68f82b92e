"""API of the controller itself."""

import asyncio
from typing import Any

from msgspec.structs import replace

from kafkastack import __version__
from kafkastack.controller.api.kinds import Seconds
from kafkastack.controller.api.models import end_model
from kafkastack.controller.api.session import Session
from kafkastack.controller.api.settings import chosen
from kafkastack.controller.documents import cores_of
from kafkastack.errors import ConflictError
from kafkastack.model.controller_settings import check_change, effective_config
from kafkastack.model.records import Application, Machine, Model, Unit


async def show_controller(s: Session) -> dict[str, Any]:
    """Return what this controller is, and its models."""
    models = (s.store.get(Model, uuid, "model") for uuid in s.store.models())
    return {
        "cloud": s.service.cloud.name,
        "region": s.service.cloud.region,
        "uuid": s.controller_uuid,
        "version": s.facts.version,
        "kafkastack": __version__,
        "models": {model.name: _counted(s, model) for model in models},
    }


def _counted(s: Session, model: Model) -> dict[str, Any]:
    machines = s.store.all(Machine, model.uuid)
    return {
        "model-uuid": model.uuid,
        "machine-count": len(machines),
        "core-count": sum(cores_of(machine) for machine in machines),
        "unit-count": len(s.store.all(Unit, model.uuid)),
    }


async def controller_config(s: Session, values: dict[str, str], keys: list[str]) -> dict[str, Any]:
    """Set and return configuration of the controller."""
    check_change(values)
    if values:
        settings = replace(s.settings, config={**s.settings.config, **values})
        with s.store.transaction() as tx:
            tx.put("", settings)
    names = {"controller-name": s.controller, "controller-uuid": s.controller_uuid}
    document = {**effective_config(s.settings.config), **names}
    return chosen(dict(sorted(document.items())), keys, f'"{s.controller}" controller')


async def destroy_controller(
    s: Session, destroy_all_models: bool, force: bool, timeout: Seconds
) -> dict[str, Any]:
    """Destroy the models and end the cloud's own processes; the controller then stops.

    Returns what was left on a cloud that could not be asked, and why.
    """
    models = [s.store.get(Model, uuid, "model") for uuid in s.store.models()]
    busy = [m for m in models if s.store.all(Application, m.uuid)]
    if busy and not destroy_all_models:
        listed = "".join(f"\n\tadmin/{m.name} ({m.life})" for m in sorted(busy, key=_name))
        raise ConflictError(
            f'cannot destroy controller "{s.controller}"\n\n'
            f"The controller has live models:{listed}",
            "to destroy them, too, run the command again with the --destroy-all-models option",
        )
    ends = (end_model(s.of_model(m.name), force, timeout, "destroy") for m in models)
    await asyncio.gather(*ends)
    left = await s.service.leaving.shut_down(forced=force)
    s.service.stop()
    return left.describe()


async def look_at_cloud(s: Session) -> None:
    """Ask the cloud at once how the machines are: somebody has done something to it."""
    await s.service.look_at_cloud()


def _name(model: Model) -> str:
    return model.name
