"""API of constraints: of a model ("") and of an application."""

from typing import Any

from msgspec.structs import replace

from kafkastack.controller.api.session import Session
from kafkastack.model.constraints import as_map, parse_constraints, to_text


async def constraints(s: Session, application: str, words: list[str] | None) -> dict[str, Any]:
    """Replace the constraints if words are given; return them."""
    if words is not None:
        _replace(s, application, to_text(parse_constraints(words)))
    text = s.application(application).constraints if application else model_text(s)
    return parse_constraints([text])


def model_text(s: Session) -> str:
    """Return the model's constraints as they are typed."""
    return " ".join(f"{key}={text}" for key, text in s.model().constraints.items())


def _replace(s: Session, application: str, text: str) -> None:
    model = s.living_model()
    record = (
        replace(s.application(application), constraints=text)
        if application
        else replace(model, constraints=as_map(text))
    )
    with s.store.transaction() as tx:
        tx.put(model.uuid, record)
