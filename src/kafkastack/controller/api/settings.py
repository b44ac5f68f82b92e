"""API of settings: of a model, of models to come, of the controller."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from kafkastack.controller.api.session import Session
from kafkastack.controller.documents import model_config_document, model_defaults_document
from kafkastack.errors import NotFoundError
from kafkastack.model.settings import check_keys, check_settings


async def model_config(
    s: Session, values: dict[str, str], reset: list[str], keys: list[str]
) -> dict[str, Any]:
    """Set, reset and return configuration of the model."""
    model = s.model()
    check_settings(values)
    check_keys(reset)
    defaults = s.settings.model_defaults
    if values or reset:
        config = changed(model.config, values, reset, defaults)
        with s.store.transaction() as tx:
            tx.put(model.uuid, replace(model, config=config))
    document = model_config_document(s.model(), s.facts, defaults)
    return chosen(document, keys, f'"{model.name}" model')


async def model_defaults(
    s: Session, values: dict[str, str], reset: list[str], keys: list[str]
) -> dict[str, Any]:
    """Set, reset and return what new models are set to."""
    check_settings(values, "model-defaults")
    check_keys(reset, "model-defaults")
    if values or reset:
        defaults = changed(s.settings.model_defaults, values, reset, {})
        with s.store.transaction() as tx:
            tx.put("", replace(s.settings, model_defaults=defaults))
    document = model_defaults_document(s.settings.model_defaults)
    return chosen(document, keys, f'"{s.controller}" controller')


def changed(
    config: Mapping[str, str],
    values: Mapping[str, str],
    reset: list[str],
    defaults: Mapping[str, str],
) -> dict[str, str]:
    """Return settings with new values; what is reset gets its default again."""
    kept = {key: value for key, value in config.items() if key not in reset}
    given = {key: value for key, value in defaults.items() if key in reset}
    return {**kept, **given, **values}


def chosen(document: Mapping[str, Any], keys: list[str], whose: str) -> dict[str, Any]:
    """Return the asked entries of a document; all of them if none is named."""
    for key in keys:
        if key not in document:
            raise NotFoundError(
                f'key "{key}" not found in {whose}.', f"its keys: {', '.join(document)}"
            )
    return {key: document[key] for key in keys or document}
