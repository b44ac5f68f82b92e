"""API of models."""

import re
import uuid
from typing import Any, Literal

from msgspec.structs import replace

from kafkastack.controller.api.kinds import Seconds
from kafkastack.controller.api.removing import refuse_to_lose_storage
from kafkastack.controller.api.session import Session
from kafkastack.controller.documents import models_document, show_model_document
from kafkastack.errors import ConflictError, KafkastackError, NotFoundError
from kafkastack.model.bounds import check_name
from kafkastack.model.constraints import as_map
from kafkastack.model.records import Application, Machine, Model, Relation, Unit
from kafkastack.model.settings import check_settings

Leaving = Literal["", "destroy", "release"]
"""What becomes of storage that outlives its unit; "" where there must be none."""

_NAME = re.compile(r"[a-z0-9]+[a-z0-9-]*")


async def add_model(
    s: Session, name: str, config: dict[str, str], cloud: str = "", credential: str = ""
) -> dict[str, str]:
    """Add a model; returns its short name and uuid."""
    if s.find_model(name):
        raise ConflictError(f'model "{name}" already exists', f"type: kafkastack switch {name}")
    check_name("model name", name)
    if not _NAME.fullmatch(name):
        raise KafkastackError(
            f'"{name}" is not a valid name: model names may only contain lowercase letters, '
            "digits and hyphens",
            "such as: kafkastack add-model kafka-test",
        )
    check_settings(config)
    _check_cloud(s, cloud)
    model = Model(
        str(uuid.uuid4()),
        name,
        s.service.cloud.name,
        s.service.cloud.region,
        created=s.now,
        credential=credential or "default",
        config={**s.settings.model_defaults, **config},
        constraints=as_map(s.settings.constraints),
    )
    with s.store.transaction() as tx:
        tx.put(model.uuid, model)
    return {"name": name, "uuid": model.uuid}


def _check_cloud(s: Session, asked: str) -> None:
    """Refuse a cloud or a region that the controller is not on."""
    name, region = s.service.cloud.name, s.service.cloud.region
    if asked and asked not in (name, region, f"{name}/{region}"):
        raise NotFoundError(
            f'"{asked}" is neither a cloud supported by this controller, nor a region in the '
            f'controller\'s default cloud "{name}".',
            f"The clouds/regions supported by this controller are: {name}/{region}",
        )


async def set_credential(s: Session, cloud: str, name: str) -> None:
    """Relate a credential to the model."""
    check_name("credential name", name)
    _check_cloud(s, cloud)
    with s.store.transaction() as tx:
        tx.put(s.model().uuid, replace(s.model(), credential=name))


async def models(s: Session, current: str) -> dict[str, Any]:
    """Return the models of the controller."""
    return models_document(s.store, s.store.models(), s.facts, current)


async def show_model(s: Session) -> dict[str, Any]:
    """Return one model."""
    return show_model_document(s.store, s.model().uuid, s.facts)


async def destroy_model(
    s: Session, force: bool, timeout: Seconds, storage: Leaving
) -> dict[str, Any]:
    """End a model that no other model uses; returns what was left on a cloud that is away.

    `storage` is "destroy" or "release" for what outlives its unit, "" if there must be none.
    """
    model = s.model()
    if not storage:
        refuse_to_lose_storage(s.store, model)
    if not force:
        _refuse_used(s, model)
    await end_model(s, force, timeout, storage)
    return s.service.leaving.left.read().describe(model.uuid)


async def end_model(s: Session, force: bool, timeout: Seconds, storage: Leaving) -> None:
    """End a model: its units run their last hooks, and what is left is forced in the end."""
    model = s.model()
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


def _refuse_used(s: Session, model: Model) -> None:
    """Refuse to destroy what other models are integrated with."""
    used = sorted({r.offer for r in s.store.all(Relation, model.uuid) if r.offer})
    if used:
        raise ConflictError(
            f'cannot destroy model "{model.name}": other models use its offers: {", ".join(used)}',
            "see by whom: kafkastack offers; or destroy it all the same: --force",
        )


def _what_is_left(s: Session, model: str) -> str:
    counts = {
        "machine(s)": len(s.store.all(Machine, model)),
        "application(s)": len(s.store.all(Application, model)),
        "unit(s)": len(s.store.all(Unit, model)),
    }
    left = [f"{number} {kind}" for kind, number in counts.items() if number]
    return "Waiting for model to be removed" + "".join(f", {text}" for text in left) + "..."
