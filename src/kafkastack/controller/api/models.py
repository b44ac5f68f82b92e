"""What can be asked about models."""

import re
import uuid
from dataclasses import replace
from typing import Any

from kafkastack.controller.api.removing import refuse_to_lose_storage
from kafkastack.controller.api.session import Session
from kafkastack.controller.documents import models_document, show_model_document
from kafkastack.errors import ConflictError, KafkastackError
from kafkastack.model.records import Application, Machine, Model, Unit
from kafkastack.model.settings import check_settings

_NAME = re.compile(r"[a-z0-9]+[a-z0-9-]*")


async def add_model(s: Session, name: str, config: dict[str, str]) -> dict[str, str]:
    """Add a model; returns its short name and uuid."""
    if s.find_model(name):
        raise ConflictError(f'model "{name}" already exists', f"type: kafkastack switch {name}")
    if not _NAME.fullmatch(name):
        raise KafkastackError(
            f'"{name}" is not a valid name: model names may only contain lowercase letters, '
            "digits and hyphens",
            "such as: kafkastack add-model kafka-test",
        )
    check_settings(config)
    cloud = s.service.cloud
    config = {**s.settings.model_defaults, **config}
    model = Model(str(uuid.uuid4()), name, cloud.name, cloud.region, created=s.now, config=config)
    with s.store.transaction() as tx:
        tx.put(model.uuid, model)
    return {"name": name, "uuid": model.uuid}


async def models(s: Session, current: str) -> dict[str, Any]:
    """Return the models of the controller."""
    return models_document(s.store, s.store.models(), s.facts, current)


async def show_model(s: Session) -> dict[str, Any]:
    """Return one model."""
    return show_model_document(s.store, s.model().uuid, s.facts)


async def destroy_model(s: Session, force: bool, timeout: float, storage: str) -> None:
    """End a model: its units run their last hooks, and what is left is forced in the end.

    `storage` is "destroy" or "release" for what outlives its unit, "" if there must be none.
    """
    model = s.model()
    if not storage:
        refuse_to_lose_storage(s.store, model)
    with s.store.transaction() as tx:
        deadline = s.now + (0.0 if force else timeout)
        dying = replace(model, life="dying", destroy_deadline=deadline, forced=force)
        tx.put(model.uuid, replace(dying, released=storage == "release"))
    told = ""
    with s.store.watch() as changed:
        while s.store.find(Model, model.uuid, "model"):
            changed.clear()  # first: it may go while its state is being told
            if (message := _what_is_left(s, model.uuid)) != told:
                await s.progress(told := message)
            await changed.wait()


def _what_is_left(s: Session, model: str) -> str:
    counts = {
        "machine(s)": len(s.store.all(Machine, model)),
        "application(s)": len(s.store.all(Application, model)),
        "unit(s)": len(s.store.all(Unit, model)),
    }
    left = [f"{number} {kind}" for kind, number in counts.items() if number]
    return "Waiting for model to be removed" + "".join(f", {text}" for text in left) + "..."
